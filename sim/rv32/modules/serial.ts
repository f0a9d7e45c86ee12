// embedded:io/serial (ECMA-419) of the emulated board: one port, ns16550, rings of 1024 bytes. As on an ESP32, what overflows is lost in
// silence and a write that does not fit throws. A pseudo terminal has no baud rate: `baud` is checked and has no effect.
import type { BoardEvents, SerialEvents } from './events.js';
import { board } from './natives.js';

type Bytes = ArrayBuffer | Uint8Array;

export interface SerialOptions {
  readonly baud: number;
  readonly format?: 'buffer' | 'number';
  readonly target?: unknown;
  readonly onReadable?: (this: Serial, count: number) => void;
  readonly onWritable?: (this: Serial, count: number) => void;
  readonly port?: number;
  readonly receive?: number;
  readonly transmit?: number;
}

export class Serial implements SerialEvents {
  readonly target: unknown;
  readonly #events: BoardEvents;
  readonly #onReadable: ((this: Serial, count: number) => void) | undefined;
  readonly #onWritable: ((this: Serial, count: number) => void) | undefined;
  readonly #one = new Uint8Array(1);
  #format: 'buffer' | 'number' = 'number';

  /** @throws RangeError for a wrong baud rate, Error while the port is open */
  constructor(events: BoardEvents, options: SerialOptions) {
    if (!(options.baud > 0)) throw new RangeError('baud must be positive');
    if (events.serial !== undefined) throw new Error('the serial port is in use');
    this.#events = events;
    this.target = options.target;
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    if (options.format !== undefined) this.format = options.format;
    events.serial = this;
  }

  get format(): 'buffer' | 'number' {
    return this.#format;
  }

  set format(value: 'buffer' | 'number') {
    if (value !== 'buffer' && value !== 'number') throw new RangeError('format is "buffer" or "number"');
    this.#format = value;
  }

  /** Fills a buffer and returns how much; or gives a byte ("number"), or up to `count` bytes ("buffer"); undefined: nothing there. */
  read(into?: Uint8Array | number): number | ArrayBuffer | undefined {
    this.#mustBeOpen();
    const available = board.serialReadable();
    if (available === 0) return undefined;
    if (typeof into === 'object') return board.serialRead(into);
    if (this.#format === 'number') {
      board.serialRead(this.#one);
      return this.#one[0];
    }
    const bytes = new Uint8Array(into === undefined ? available : Math.min(into, available));
    board.serialRead(bytes);
    return bytes.buffer;
  }

  /** @throws Error, with nothing written, if there is no room for all of it */
  write(value: number | Bytes): void {
    this.#mustBeOpen();
    if (typeof value === 'number') {
      this.#one[0] = value;
      if (!board.serialWrite(this.#one)) throw new Error('output full');
    } else if (!board.serialWrite(value)) throw new Error('output full');
  }

  close(): void {
    if (this.#events.serial === this) this.#events.serial = undefined;
  }

  readable(count: number): void {
    this.#onReadable?.call(this, count);
  }

  writable(count: number): void {
    this.#onWritable?.call(this, count);
  }

  #mustBeOpen(): void {
    if (this.#events.serial !== this) throw new Error('closed');
  }
}
