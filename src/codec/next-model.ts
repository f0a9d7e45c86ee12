import type { BitCoder } from './bit-coder.js';
import { type History, NEXT_BITS, STEP_TREE, SUCCESSOR_COUNT } from './history.js';

/** What `code` returns for the end of the delta. */
export const END = -1;
const STEP_SIZE_BITS = 5;
const STEP_KEPT_MAX = 255;

/** The model of which granule is dirty next: the one that was so last time, or a step of so many granules. */
export class NextModel {
  readonly #successors: Uint8Array;
  readonly #coder: BitCoder;
  /** Whether the last two guesses were right. */
  #right = 0;
  /** Step to the first granule of the last delta. */
  #firstStep = 1;
  /** The address coded last, END before the first. */
  #address = END;

  constructor(history: History, coder: BitCoder) {
    this.#successors = history.successors;
    this.#coder = coder;
  }

  /** The history starts anew. */
  restart(): void {
    this.#right = 0;
    this.#firstStep = 1;
  }

  /** A new delta. */
  begin(): void {
    this.#address = END;
  }

  /** Codes which granule is dirty next, or END. Returns it; from a bad stream it may lie outside of any state. */
  code(address: number): number {
    const successors = this.#successors;
    const last = this.#address;
    const slot = last & (SUCCESSOR_COUNT - 1);
    const guess = last === END ? this.#firstStep : successors[slot]!;
    let step = address === END ? 0 : address - last;
    const context = this.#right;
    if (this.#coder.bit(NEXT_BITS + context + (guess > 1 ? 8 : guess << 2), step === guess ? 1 : 0) !== 0) {
      step = guess;
      this.#right = ((context << 1) | 1) & 3;
    } else {
      step = this.#codeStep(step);
      this.#right = (context << 1) & 3;
      if (last === END) this.#firstStep = step;
      else successors[slot] = step > STEP_KEPT_MAX ? 1 : step;
    }
    if (step === 0) return END;
    this.#address = last + step;
    return this.#address;
  }

  /** A step is its number of bits, then the bits below the highest. */
  #codeStep(step: number): number {
    const coder = this.#coder;
    const size = coder.tree(STEP_TREE, STEP_SIZE_BITS, 32 - Math.clz32(step));
    if (size < 2) return size;
    let coded = 1;
    let left = size - 1;
    while (left > 0) {
      const count = left > 8 ? 8 : left;
      left -= count;
      coded = (coded << count) | coder.direct(count, (step >>> left) & ((1 << count) - 1));
    }
    return coded;
  }
}
