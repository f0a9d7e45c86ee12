import { ADAPT_SHIFT, type BitCoder, PROBABILITY_BITS, PROBABILITY_ONE, RANGE_FULL, RANGE_LOW, STEP_BYTES_MAX } from './bit-coder.js';

const LOW_BITS = 16;
const LOW_MASK = RANGE_LOW - 1;
const BYTE_MAX = 0xff;
const FULL_START = BYTE_MAX << LOW_BITS;
const NO_BYTE = -1;

/** RAM of an encoder's buffer. */
export const RANGE_ENCODER_BYTES = 2 * STEP_BYTES_MAX + 4;

/**
 * Range encoder with carry (G. N. N. Martin 1979, byte-wise as in LZMA). The model is run in steps, each between `open` and
 * `close`; what does not fit the caller's cell waits in a small buffer until `take`, and bounds how far a step may go.
 */
export class RangeEncoder implements BitCoder {
  readonly #probabilities: Uint8Array;
  readonly #waiting = new Uint8Array(RANGE_ENCODER_BYTES);
  #waitingCount = 0;
  #taken = 0;
  /** Where bytes go: the caller's cell, or `#waiting`. */
  #out: Uint8Array = this.#waiting;
  #at = 0;
  #openedAt = 0;
  #earlierBytes = 0;
  /** 24 bits, and a carry above them. */
  #low = 0;
  #range = RANGE_FULL;
  /** The last byte, not yet given off, as a carry may still change it. */
  #held = NO_BYTE;
  /** Bytes FF after the held one. */
  #heldFullCount = 0;
  /** Of more FF bytes than `#waiting` has room for: where they go in, how many, and what they have become. */
  #fillAt = 0;
  #fillCount = 0;
  #fillByte = 0;

  constructor(probabilities: Uint8Array) {
    this.#probabilities = probabilities;
  }

  begin(): void {
    this.#waitingCount = this.#taken = this.#earlierBytes = 0;
    this.#low = 0;
    this.#range = RANGE_FULL;
    this.#held = NO_BYTE;
    this.#heldFullCount = this.#fillCount = 0;
  }

  /** Bytes given off since `begin`. */
  get codedBytes(): number {
    return this.#earlierBytes + this.#at - this.#openedAt;
  }

  /** Bytes wait for `take`; no step may begin before they are gone. */
  get isWaiting(): boolean {
    return this.#taken < this.#waitingCount || this.#fillCount > 0;
  }

  /** Steps may run now, while `canStep`. At most `limit` bytes go to `out` from `at`. */
  open(out: Uint8Array, at: number, limit: number): void {
    const direct = limit >= STEP_BYTES_MAX && this.#heldFullCount === 0;
    this.#out = direct ? out : this.#waiting;
    this.#openedAt = this.#at = direct ? at : 0;
  }

  /** Whether one more step fits into a cell that ends at `end`, with no byte out of order. */
  canStep(end: number): boolean {
    return this.#out !== this.#waiting && end - this.#at >= STEP_BYTES_MAX && this.#heldFullCount === 0;
  }

  /** Ends what `open` began. Returns the bytes that went to the caller's cell. */
  close(): number {
    const count = this.#at - this.#openedAt;
    this.#earlierBytes += count;
    const direct = this.#out !== this.#waiting;
    if (!direct) this.#waitingCount = count;
    this.#openedAt = this.#at = 0;
    return direct ? count : 0;
  }

  /** Moves waiting bytes to `out`, at most `limit`. Returns how many. */
  take(out: Uint8Array, at: number, limit: number): number {
    let count = 0;
    while (count < limit) {
      if (this.#fillCount > 0 && this.#taken === this.#fillAt) {
        out[at + count++] = this.#fillByte;
        this.#fillCount--;
      } else if (this.#taken < this.#waitingCount) {
        out[at + count++] = this.#waiting[this.#taken++]!;
      } else break;
    }
    if (!this.isWaiting) this.#waitingCount = this.#taken = 0;
    return count;
  }

  bit(index: number, value: number): number {
    const probabilities = this.#probabilities;
    const probability = probabilities[index]!;
    let range = this.#range;
    const bound = (range >> PROBABILITY_BITS) * probability;
    if (value !== 0) {
      range = bound;
      probabilities[index] = probability + ((PROBABILITY_ONE - probability) >> ADAPT_SHIFT);
    } else {
      this.#low += bound;
      range -= bound;
      probabilities[index] = probability - (probability >> ADAPT_SHIFT);
    }
    this.#range = range;
    if (range < RANGE_LOW) this.#shift();
    return value;
  }

  tree(base: number, bitCount: number, value: number): number {
    const probabilities = this.#probabilities;
    let range = this.#range;
    let node = 1;
    for (let bit = 1 << (bitCount - 1); bit !== 0; bit >>= 1) {
      const index = base + node;
      const probability = probabilities[index]!;
      const bound = (range >> PROBABILITY_BITS) * probability;
      node <<= 1;
      if ((value & bit) !== 0) {
        range = bound;
        probabilities[index] = probability + ((PROBABILITY_ONE - probability) >> ADAPT_SHIFT);
        node |= 1;
      } else {
        this.#low += bound;
        range -= bound;
        probabilities[index] = probability - (probability >> ADAPT_SHIFT);
      }
      if (range < RANGE_LOW) {
        this.#shift();
        range <<= 8;
      }
    }
    this.#range = range;
    return value;
  }

  direct(bitCount: number, value: number): number {
    const range = this.#range >> bitCount;
    this.#low += range * value;
    this.#range = range;
    if (range < RANGE_LOW) this.#shift();
    return value;
  }

  /** Ends the stream with the one or two bytes that decide it, whatever bytes follow. */
  finish(): void {
    if (this.#range < 2 * RANGE_LOW) this.#shift();
    this.#low += LOW_MASK;
    this.#shift();
    if (this.#held !== NO_BYTE) this.#out[this.#at++] = this.#held;
    if (this.#heldFullCount > 0) this.#giveFull(BYTE_MAX);
  }

  #shift(): void {
    const low = this.#low;
    if (low < FULL_START) {
      if (this.#held !== NO_BYTE) this.#out[this.#at++] = this.#held;
      if (this.#heldFullCount !== 0) this.#giveFull(BYTE_MAX);
      this.#held = low >> LOW_BITS;
    } else if (low >= RANGE_FULL) {
      this.#out[this.#at++] = this.#held + 1;
      if (this.#heldFullCount !== 0) this.#giveFull(0);
      this.#held = (low - RANGE_FULL) >> LOW_BITS;
    } else {
      this.#heldFullCount++;
    }
    this.#low = (low & LOW_MASK) << 8;
    this.#range <<= 8;
  }

  #giveFull(byte: number): void {
    if (this.#heldFullCount > STEP_BYTES_MAX) {
      this.#fillAt = this.#at;
      this.#fillCount = this.#heldFullCount;
      this.#fillByte = byte;
    } else {
      for (let i = 0; i < this.#heldFullCount; i++) this.#out[this.#at++] = byte;
    }
    this.#heldFullCount = 0;
  }
}
