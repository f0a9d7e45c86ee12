// Probabilities are of a 1, in 256ths, and move a sixteenth of the way to what came: they stay within 15 and 241.
export const PROBABILITY_BITS = 8;
export const PROBABILITY_ONE = 1 << PROBABILITY_BITS;
export const PROBABILITY_START = PROBABILITY_ONE / 2;
export const ADAPT_SHIFT = 4;

/** The range is kept in 24 bits, so that every product stays a small integer on engines that count in 31 bits. */
export const RANGE_FULL = 1 << 24;
/** Below this the range gives off, or takes in, one byte. */
export const RANGE_LOW = 1 << 16;
/** Most bytes that one step of a model, which codes one granule, gives off or takes in. */
export const STEP_BYTES_MAX = 64;
/** Most bits that one call of `direct` codes. */
export const DIRECT_BITS_MAX = 8;

/**
 * One end of a range coder over adaptive bits. The encoder codes what it is given, the decoder ignores it; both return what was
 * coded. A model that goes by the returned values alone is therefore the same on both ends, and cannot come apart.
 */
export interface BitCoder {
  /** Codes a bit with the probability at `index`, which then adapts. */
  bit(index: number, value: number): number;
  /** Codes `bitCount` bits, the highest first, each with a probability of its own in the tree at `base` (2^bitCount entries). */
  tree(base: number, bitCount: number, value: number): number;
  /** Bytes that went through so far. */
  readonly codedBytes: number;
  /** Codes `bitCount` equally likely bits, at most `DIRECT_BITS_MAX`. */
  direct(bitCount: number, value: number): number;
}
