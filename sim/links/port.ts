/** What a port tells its user. Never called from inside send(). */
export interface PortListener {
  opened(): void;
  closed(): void;
  /** One whole frame (no COBS); the bytes are only lent. */
  frame(bytes: Uint8Array, at: number, count: number): void;
  /** There is room again for a frame. */
  drained(): void;
}

/** One end of a link, as a transport shows it to its user: whole frames, room for the next one, and nothing promised. */
export interface Port {
  readonly isOpen: boolean;
  listener: PortListener | undefined;
  /** Whether send() takes a whole frame now. */
  ready(): boolean;
  send(bytes: Uint8Array, at: number, count: number): void;
}

/** What a direction of a link does to what passes; all zero in fair weather. Probabilities are per frame. */
export interface Weather {
  loss: number;
  duplicate: number;
  reorder: number;
  corrupt: number;
  /** A frame is changed inside and its check made right again: damage done before the check was computed. */
  reseal: number;
  /** A write that ends in mid-frame. */
  partial: number;
  /** A copy of the frame is delivered once more, much later: sessions may have changed. */
  late: number;
}

export const fairWeather = (): Weather => ({ loss: 0, duplicate: 0, reorder: 0, corrupt: 0, reseal: 0, partial: 0, late: 0 });

export const UP = 0;
export const DOWN = 1;
export type Direction = typeof UP | typeof DOWN;

/** A link between one board and the host; everything that can go wrong with it is set here by the faults of the run. */
export interface SimLink {
  readonly kind: 'serial' | 'mqtt';
  readonly board: Port;
  readonly host: Port;
  readonly weather: readonly [up: Weather, down: Weather];
  /** Bytes that each side gave to the medium, with all framing of the medium counted. */
  readonly sentBytes: readonly [up: number, down: number];
  /** The cable is out, or the connection to the broker is gone. */
  cut(): void;
  mend(): void;
  /** A broker holds everything back, or a collector pauses the board, until the time given. */
  hold(untilMs: number): void;
  /** The board has no power: what it had queued is gone, what arrives is not heard. */
  boardPowered(on: boolean): void;
  /** The host process is there or not. */
  hostRunning(on: boolean): void;
}
