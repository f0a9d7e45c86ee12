// What a board gives its firmware, in the shapes of ECMA-419 and of Moddable's SDK 8.2. start.ts makes a platform of the SDK's classes,
// sim/rv32 one of an emulated board's, the tests one of stand-ins.
import type { BoardSettings } from 'godwit/wire/settings';
import type { FrameTransport } from './transport.js';

export type { BoardSettings };

/** An instance of embedded:io/serial with format "buffer". */
export interface SerialIo {
  /** Fills what it can of `buffer` and returns how much; undefined: nothing there. */
  read(buffer: Uint8Array): number | ArrayBuffer | undefined;
  /** All or nothing: throws if there is no room for all of `bytes`. */
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface SerialOptions {
  readonly baud: number;
  readonly format: 'buffer';
  readonly target: unknown;
  readonly onReadable: (this: { readonly target: unknown }, count: number) => void;
  readonly onWritable: (this: { readonly target: unknown }, count: number) => void;
  readonly port?: number;
  readonly receive?: number;
  readonly transmit?: number;
}

/** A serial port as an ECMA-419 descriptor: the class, and what its constructor needs to know of the wiring. */
export interface SerialDescriptor {
  readonly io: new (options: SerialOptions) => SerialIo;
  readonly port?: number;
  readonly receive?: number;
  readonly transmit?: number;
  /** Of the receiving hardware FIFO. Default 128, as on all ESP32 chips. */
  readonly fifoBytes?: number;
}

/** An instance of embedded:storage/key-value with format "buffer". Keys have 1 to 15 ASCII characters (NVS). Any call may throw. */
export interface KeyValue {
  /** Undefined if the key is not there. */
  read(key: string): ArrayBuffer | undefined;
  /** Durable when it returns. */
  write(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

/** What status() of embedded:storage/flash tells; writeAlign is missing where any alignment will do. */
export interface FlashStatus {
  readonly size: number;
  readonly blockLength: number;
  readonly blocks: number;
  readonly writeAlign?: number;
}

/** An instance of embedded:storage/flash: one partition of NOR flash. Offsets in bytes; erased bytes are 0xff; writes only clear bits. */
export interface Flash {
  read(buffer: Uint8Array, offset: number): unknown;
  write(buffer: Uint8Array, offset: number): void;
  /** Erases blocks from `start` up to, not including, `end` (default start + 1). Stalls the chip for 45 to 400 ms a block. */
  eraseBlock(start: number, end?: number): void;
  status(): FlashStatus;
}

/** A way to the host over a network: Wi-Fi and MQTT. */
export interface NetworkPlatform {
  /** Throws RangeError for settings that it cannot use. */
  createTransport(settings: BoardSettings, bootNonce: number): FrameTransport;
}

export interface BoardPlatform {
  /** Ms since the board started; never goes back. */
  nowMs(): number;
  randomU32(): number;
  /** Calls `wake` once after `delayMs`. One timer: what was set before is replaced. Never calls it at once. */
  wakeAfter(delayMs: number, wake: () => void): void;
  /** Does not return, or returns and restarts soon after. */
  restart(): void;
  keyValue(domain: string): KeyValue;
  /** Absent: no partition for checkpoints. */
  checkpointFlash?(): Flash;
  readonly serial: SerialDescriptor;
  readonly network?: NetworkPlatform;
  /** Has `record` called with the cause, where the platform can tell, when the program is about to die. */
  onAbort?(record: (cause: string) => void): void;
  /** One line about RAM in use; absent or undefined where the build has no instrumentation. */
  ramReport?(): string | undefined;
}
