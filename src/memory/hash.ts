import { GRANULES_PER_PAGE } from './constants.js';

const imul = Math.imul;
const WORD_FACTOR = 0x2c1b3c6d;
const FINAL_FACTOR = 0x297a2d39;
const PAGE_FACTOR = 0x9e3779b1;

/**
 * One step of the hash: a bijection of `hash` for any word, and of `word` for any hash. The shift comes before the
 * multiplication: it brings a flipped top bit down to where the product spreads it in a way that depends on the content.
 */
export function mixWord(hash: number, word: number): number {
  hash ^= word;
  return imul(hash ^ (hash >>> 15), WORD_FACTOR);
}

/** Spreads what the last steps left in the upper bits. Result is unsigned. */
export function finishHash(hash: number): number {
  hash = imul(hash ^ (hash >>> 16), FINAL_FACTOR);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * 32-bit hash of the 64 words from `firstWord`, keyed by the page's index, so that pages cannot change places unseen.
 * Four words a round: `mixWord` written out, which saves a call per word.
 */
export function hashPage(words: Int32Array | Uint32Array, firstWord: number, page: number): number {
  let hash = imul(page + 1, PAGE_FACTOR);
  const end = firstWord + GRANULES_PER_PAGE;
  for (let i = firstWord; i < end; i += 4) {
    hash ^= words[i]!;
    hash = imul(hash ^ (hash >>> 15), WORD_FACTOR);
    hash ^= words[i + 1]!;
    hash = imul(hash ^ (hash >>> 15), WORD_FACTOR);
    hash ^= words[i + 2]!;
    hash = imul(hash ^ (hash >>> 15), WORD_FACTOR);
    hash ^= words[i + 3]!;
    hash = imul(hash ^ (hash >>> 15), WORD_FACTOR);
  }
  return finishHash(hash);
}

const BYTES_SEED = 0x67777473;

/** 32-bit hash of `count` bytes: little-endian words, the last one filled with zeros, and the count itself. */
export function hashBytes(bytes: Uint8Array, at: number, count: number): number {
  let hash = BYTES_SEED;
  for (let i = 0; i < count; i += 4) {
    let word = 0;
    for (let j = 0; j < 4 && i + j < count; j++) word |= bytes[at + i + j]! << (8 * j);
    hash = mixWord(hash, word);
  }
  return finishHash(mixWord(hash, count));
}
