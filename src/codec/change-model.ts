import type { BitCoder } from './bit-coder.js';
import { MASK_TREE, SAME_MASK_BITS, SIZE_TREE } from './history.js';

/**
 * The model of how a word differs from one that both ends know: which bytes changed (as expected, or a mask), then these from the
 * highest, below a changed byte as it is, else as the size class of its signed difference and the bits of that.
 */
export class ChangeModel {
  /** Bit i: byte i changed in the word that was coded last. */
  mask = 0;
  readonly #coder: BitCoder;

  constructor(coder: BitCoder) {
    this.#coder = coder;
  }

  /** Codes `word` as a change of `old`, where `expectedMask` is which bytes are thought to change. Returns it. */
  code(word: number, old: number, expectedMask: number): number {
    const coder = this.#coder;
    const change = word ^ old;
    let mask = 0;
    if ((change & 0xff) !== 0) mask = 1;
    if ((change & 0xff00) !== 0) mask |= 2;
    if ((change & 0xff0000) !== 0) mask |= 4;
    if ((change & 0xff000000) !== 0) mask |= 8;
    if (coder.bit(SAME_MASK_BITS + expectedMask, mask === expectedMask ? 1 : 0) !== 0) mask = expectedMask;
    else mask = coder.tree(MASK_TREE, 4, mask);
    this.mask = mask;
    let coded = old;
    for (let bit = 8, shift = 24; bit !== 0; bit >>= 1, shift -= 8) {
      if ((mask & bit) === 0) continue;
      let byte = (word >>> shift) & 0xff;
      if ((mask & (bit << 1)) !== 0) {
        byte = coder.direct(8, byte);
      } else {
        // Differences 1, -1, 2, -2 ... are 0, 1, 2, 3 ...; 128 is 254. The class says how many bits that takes.
        const oldByte = (old >>> shift) & 0xff;
        const difference = ((byte - oldByte) << 24) >> 24;
        const folded = difference > 0 ? difference * 2 - 2 : difference * -2 - 1;
        const size = coder.tree(SIZE_TREE, 2, folded < 2 ? 0 : folded < 8 ? 1 : folded < 32 ? 2 : 3);
        const bits = size === 3 ? 8 : size * 2 + 1;
        const step = coder.direct(bits, folded & ((1 << bits) - 1));
        byte = (oldByte + ((step & 1) !== 0 ? -((step + 1) >> 1) : (step >> 1) + 1)) & 0xff;
      }
      coded = (coded & ~(0xff << shift)) | (byte << shift);
    }
    return coded;
  }
}
