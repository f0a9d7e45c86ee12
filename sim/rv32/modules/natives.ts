// The global `board` of the emulated board (board/board-natives.c).

/** What the board's loop tells, one thing a round. Counts are of bytes. */
export interface BoardListener {
  /** Bytes have come since the last call; `count` are waiting. */
  readable(count: number): void;
  /** What was written has nearly left. */
  writable(count: number): void;
  wake(): void;
}

export interface BoardNatives {
  /** Whole ms since the start. */
  nowMs(): number;
  /** 32 random bits from the clock outside. */
  entropy(): number;
  /** The program's one listener; a program that has none ends the board. */
  listen(listener: BoardListener): void;
  /** One alarm: a new one replaces the old one, a negative delay takes it away. */
  wakeAfter(delayMs: number): void;
  restart(): never;
  serialReadable(): number;
  serialWritable(): number;
  /** Fills `bytes`, or `count` bytes from `at`; returns how many there were. */
  serialRead(bytes: Uint8Array, at?: number, count?: number): number;
  /** All or nothing: false if there is no room. */
  serialWrite(bytes: ArrayBuffer | Uint8Array, at?: number, count?: number): boolean;
  keyValueRead(key: string): ArrayBuffer | undefined;
  /** Returns the bytes that were copied; what does not fit is left out. */
  keyValueRead(key: string, bytes: ArrayBuffer | Uint8Array): number | undefined;
  keyValueWrite(key: string, bytes: ArrayBuffer | Uint8Array): void;
  keyValueDelete(key: string): void;
  keyValueKeys(prefix: string): string[];
  flashRead(offset: number, bytes: ArrayBuffer | Uint8Array): void;
  flashWrite(offset: number, bytes: ArrayBuffer | Uint8Array): void;
  /** `offset`: the start of a block. */
  flashErase(offset: number): void;
  /** Buffers that are read from outside while the board is stopped (probe.ts). */
  probe(state: ArrayBuffer | Uint8Array, words: ArrayBuffer): void;
  /** What a stray pointer does: for tests. */
  peek(address: number): number;
  poke(address: number, word: number): void;
}

export const board: BoardNatives = (globalThis as unknown as { board: BoardNatives }).board;
