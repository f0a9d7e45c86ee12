import { ADAPT_SHIFT, type BitCoder, PROBABILITY_BITS, PROBABILITY_ONE, RANGE_FULL, RANGE_LOW, STEP_BYTES_MAX } from './bit-coder.js';

/** Bytes that the decoder reads ahead of what decides its bits. */
export const LOOKAHEAD_BYTES = 2;
const FIRST_BYTES = 1 + LOOKAHEAD_BYTES;
/** A step needs so many bytes at hand, be it that none follow. */
export const DECODE_AHEAD_BYTES = STEP_BYTES_MAX + FIRST_BYTES;

/** The other end of `RangeEncoder`. Reads from a buffer of its own; the caller sees to it that a step finds enough bytes there. */
export class RangeDecoder implements BitCoder {
  readonly #probabilities: Uint8Array;
  readonly #bytes = new Uint8Array(2 * DECODE_AHEAD_BYTES + LOOKAHEAD_BYTES);
  #at = 0;
  #count = 0;
  #code = 0;
  #range = 0;

  constructor(probabilities: Uint8Array) {
    this.#probabilities = probabilities;
  }

  begin(): void {
    this.#at = this.#count = 0;
    this.#code = this.#range = 0;
  }

  /** Bytes at hand that were not read; negative after reads past the end. */
  get leftBytes(): number {
    return this.#count - this.#at;
  }

  /** Takes in bytes, as many as there is room for. Returns how many. */
  put(bytes: Uint8Array, at: number, count: number): number {
    const buffer = this.#bytes;
    if (this.#at >= DECODE_AHEAD_BYTES) {
      const from = this.#at - LOOKAHEAD_BYTES;
      buffer.copyWithin(0, from, this.#count);
      this.#count -= from;
      this.#at = LOOKAHEAD_BYTES;
    }
    const room = buffer.length - this.#count;
    const taken = count < room ? count : room;
    for (let i = 0; i < taken; i++) buffer[this.#count + i] = bytes[at + i]!;
    this.#count += taken;
    return taken;
  }

  /** The byte `index` places after the stream's end, once that was decoded. */
  byteAfterEnd(index: number): number {
    return this.#bytes[this.#at - LOOKAHEAD_BYTES + index]!;
  }

  get codedBytes(): number {
    return this.#at;
  }

  bit(index: number, _value: number): number {
    const probabilities = this.#probabilities;
    const probability = probabilities[index]!;
    const bound = (this.#range >> PROBABILITY_BITS) * probability;
    let value = 0;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((PROBABILITY_ONE - probability) >> ADAPT_SHIFT);
      value = 1;
    } else {
      this.#code -= bound;
      this.#range -= bound;
      probabilities[index] = probability - (probability >> ADAPT_SHIFT);
    }
    if (this.#range < RANGE_LOW) this.#shift();
    return value;
  }

  tree(base: number, bitCount: number, _value: number): number {
    let node = 1;
    for (let i = 0; i < bitCount; i++) node = (node << 1) | this.bit(base + node, 0);
    return node - (1 << bitCount);
  }

  direct(bitCount: number, _value: number): number {
    this.#range >>= bitCount;
    const most = (1 << bitCount) - 1;
    let value = (this.#code / this.#range) | 0;
    // A stream that no encoder made can point past the last value.
    if (value > most) value = most;
    this.#code -= this.#range * value;
    if (this.#range < RANGE_LOW) this.#shift();
    return value;
  }

  /** Reads the first bytes; to be called once, with enough bytes at hand. */
  start(): void {
    this.#range = RANGE_FULL;
    this.#code = 0;
    for (let i = 0; i < FIRST_BYTES; i++) this.#code = (this.#code << 8) | this.#next();
  }

  /** Ends the stream as the encoder's `finish` does. */
  finish(): void {
    if (this.#range < 2 * RANGE_LOW) this.#shift();
  }

  #shift(): void {
    this.#code = ((this.#code & 0xffff) << 8) | this.#next();
    this.#range <<= 8;
  }

  /** Past the end zeros are read, and counted. */
  #next(): number {
    const at = this.#at++;
    return at < this.#count ? this.#bytes[at]! : 0;
  }
}
