/** Bytes of a frame on the wire beside its chunk: head, number, index, check, COBS and delimiter. */
export const FRAME_OVERHEAD_BYTES = 12;
/** Smaller chunks cost more than they save. */
export const CHUNK_BYTES_MIN = 32;

/**
 * How many bytes may be on their way. A board's UART has a FIFO of 128 bytes and drops silently what comes while it is busy: begin with
 * what the FIFO holds, double per round trip while nothing is lost, halve on loss, and from then on grow by an eighth.
 */
export class FlowWindow {
  limitBytes: number;
  outstandingBytes = 0;
  readonly #minBytes: number;
  readonly #maxBytes: number;
  #lossSeen = false;
  #grownBytes = 0;

  constructor(startBytes: number, maxBytes: number) {
    this.#minBytes = Math.min(startBytes, maxBytes);
    this.#maxBytes = maxBytes;
    this.limitBytes = this.#minBytes;
  }

  reset(): void {
    this.limitBytes = this.#minBytes;
    this.outstandingBytes = 0;
    this.#lossSeen = false;
    this.#grownBytes = 0;
  }

  /** A frame of so many bytes may leave; the first always may. */
  admits(bytes: number): boolean {
    return this.outstandingBytes === 0 || this.outstandingBytes + bytes <= this.limitBytes;
  }

  /** Two frames fill the window, so that the second travels while the first is answered. */
  chunkBytes(frameBytes: number): number {
    const half = (this.limitBytes >>> 1) - FRAME_OVERHEAD_BYTES;
    return Math.min(frameBytes, Math.max(CHUNK_BYTES_MIN, half));
  }

  sent(bytes: number): void {
    this.outstandingBytes += bytes;
  }

  acknowledged(bytes: number): void {
    this.outstandingBytes = Math.max(0, this.outstandingBytes - bytes);
    this.#grownBytes += this.#lossSeen ? bytes / 8 : bytes;
    if (this.#grownBytes < CHUNK_BYTES_MIN) return;
    this.limitBytes = Math.min(this.#maxBytes, this.limitBytes + Math.floor(this.#grownBytes));
    this.#grownBytes = 0;
  }

  /** A frame of so many bytes is not on its way any more. */
  lost(bytes: number): void {
    this.outstandingBytes = Math.max(0, this.outstandingBytes - bytes);
  }

  /** At most once per round trip. */
  shrink(): void {
    this.#lossSeen = true;
    this.#grownBytes = 0;
    this.limitBytes = Math.max(this.#minBytes, this.limitBytes >>> 1);
  }
}
