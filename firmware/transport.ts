// What carries frames between a board and its host. Serial and MQTT look the same from here.

/** What a transport tells its user. Never called from inside send() or open(). */
export interface TransportUser {
  opened(): void;
  closed(): void;
  /** One whole bare frame, without COBS or topic; its check is not looked at. The bytes are only lent. */
  frame(bytes: Uint8Array, at: number, count: number): void;
  /** There is room again for a frame. */
  drained(): void;
}

/**
 * One whole bare frame at a time, and nothing promised: a frame may be lost, damaged, repeated or late. After open() nothing is
 * allocated beyond the slots per frame that each transport states.
 */
export interface FrameTransport {
  readonly kind: 'serial' | 'mqtt';
  readonly isOpen: boolean;
  /** Bytes that it holds for a board that is busy, and what one byte on its line takes: for the link's hello and its encoder. */
  readonly fifoBytes: number;
  readonly lineNsPerByte: number;
  user: TransportUser | undefined;
  /** Opens now or, after a failure, by and by; opened() tells. */
  open(nowMs: number): void;
  close(): void;
  /** Whether send() takes a whole frame now. */
  ready(): boolean;
  send(bytes: Uint8Array, at: number, count: number): void;
  /** Its own timers: reconnects, silence, writes that have to be tried again. */
  tick(nowMs: number): void;
  /** When tick() must be called next; Infinity: not at all. */
  dueMs(nowMs: number): number;
  /** What happened, by name; plain numbers in a sealed object. */
  readonly counters: Readonly<Record<string, number>>;
}
