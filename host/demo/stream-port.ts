import type { Duplex } from 'node:stream';
import type { Port, PortListener } from '../../sim/links/port.js';
import { SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';

const UNSENT_FRAMES_MAX = 2;

/** A board's end of a byte stream: frames in COBS, as on a UART. */
export class StreamPort implements Port {
  listener: PortListener | undefined;
  /** Bytes that the board has put on the line. */
  sentBytes = 0;
  readonly #stream: Duplex;
  readonly #framer = new SerialFramer();
  readonly #encoded = new Uint8Array(SERIAL_BYTES_MAX);
  #unsentFrames = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#received(bytes));
    stream.on('error', () => stream.destroy());
    stream.on('close', () => this.listener?.closed());
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  ready(): boolean {
    return this.isOpen && this.#unsentFrames < UNSENT_FRAMES_MAX;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    const length = serialEncode(bytes, at, count, this.#encoded, 0);
    this.sentBytes += length;
    this.#unsentFrames++;
    this.#stream.write(Buffer.from(this.#encoded.subarray(0, length)), () => {
      this.#unsentFrames--;
      this.listener?.drained();
    });
  }

  /** What a chip prints before its program runs: bytes that are no frames. */
  print(text: string): void {
    this.#stream.write(text);
  }

  #received(bytes: Buffer): void {
    let used = 0;
    while (used < bytes.length) {
      used += this.#framer.feed(bytes, used, bytes.length - used);
      if (this.#framer.frameBytes > 0) this.listener?.frame(this.#framer.frame, 0, this.#framer.frameBytes);
    }
  }
}
