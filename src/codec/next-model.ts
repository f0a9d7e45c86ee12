import type { BitCoder } from './bit-coder.js';
import { type History, NEXT_BITS, SKIP_BIT, STEP_TREE, SUCCESSOR_COUNT } from './history.js';

/** What `code` returns for the end of the delta. */
export const END = -1;
const STEP_SIZE_BITS = 5;
const STEP_KEPT_MAX = 0xffff;

/** The model of which granule is dirty next: the one that was so last time, or a step of so many granules. */
export class NextModel {
  readonly #successors: Uint16Array;
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
      this.#right = (context << 1) & 3;
      step = this.#codeMiss(step, guess);
    }
    if (step === 0) return END;
    this.#address = last + step;
    return this.#address;
  }

  /** A step that was not guessed: to where the guess would have led from there, if it was skipped, or to anywhere. */
  #codeMiss(step: number, guess: number): number {
    const successors = this.#successors;
    const last = this.#address;
    if (guess !== 0) {
      const second = successors[(last + guess) & (SUCCESSOR_COUNT - 1)]!;
      const skip = second === 0 ? 0 : guess + second;
      if (this.#coder.bit(SKIP_BIT, step === skip ? 1 : 0) !== 0) return skip;
    }
    const coded = this.#codeStep(step);
    if (last === END) this.#firstStep = coded;
    else successors[last & (SUCCESSOR_COUNT - 1)] = coded > STEP_KEPT_MAX ? 1 : coded;
    return coded;
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
