import { SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';

const scratch = new Uint8Array(SERIAL_BYTES_MAX);

/** The bytes of a frame on a serial line. */
export function stuffFrame(bytes: Uint8Array, at: number, count: number): Uint8Array {
  return scratch.slice(0, serialEncode(bytes, at, count, scratch, 0));
}

/** Frames out of a stream of bytes, each handed over as it is found. */
export class FrameReader {
  readonly #framer = new SerialFramer();
  readonly #take: (bytes: Uint8Array, at: number, count: number) => void;

  constructor(take: (bytes: Uint8Array, at: number, count: number) => void) {
    this.#take = take;
  }

  get skippedRuns(): number {
    return this.#framer.skippedRuns;
  }

  push(bytes: Uint8Array, at: number, count: number): void {
    const end = at + count;
    while (at < end) {
      at += this.#framer.feed(bytes, at, end - at);
      if (this.#framer.frameBytes > 0) this.#take(this.#framer.frame, 0, this.#framer.frameBytes);
    }
  }

  reset(): void {
    this.#framer.reset();
  }
}
