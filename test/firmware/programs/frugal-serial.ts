import type { SerialIo, SerialOptions } from '../../../firmware/platform.js';

const FIFO_BYTES = 128;

/** A serial port that allocates nothing, as the SDK's native one: two FIFOs, moved along by the program. */
export class FrugalSerial implements SerialIo {
  static latest: FrugalSerial | undefined;
  readonly target: unknown;
  readonly out = new Uint8Array(FIFO_BYTES);
  outCount = 0;
  readonly #in = new Uint8Array(FIFO_BYTES);
  #inCount = 0;
  readonly #options: SerialOptions;

  constructor(options: SerialOptions) {
    this.target = options.target;
    this.#options = options;
    FrugalSerial.latest = this;
  }

  read(buffer: Uint8Array): number | undefined {
    const count = Math.min(buffer.length, this.#inCount);
    if (count === 0) return undefined;
    for (let index = 0; index < count; index++) buffer[index] = this.#in[index]!;
    this.#in.copyWithin(0, count, this.#inCount);
    this.#inCount -= count;
    return count;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > FIFO_BYTES - this.outCount) throw new Error('output full');
    for (let index = 0; index < bytes.length; index++) this.out[this.outCount++] = bytes[index]!;
  }

  close(): void {}

  /** Bytes come in, at most a FIFO of them; the firmware is told. */
  arrive(bytes: Uint8Array, at: number, count: number): void {
    for (let index = 0; index < count; index++) this.#in[this.#inCount++] = bytes[at + index]!;
    this.#options.onReadable.call(this, this.#inCount);
  }

  /** What is in `out` has left. */
  drained(): void {
    this.outCount = 0;
    this.#options.onWritable.call(this, FIFO_BYTES);
  }
}
