import { lowestBit } from './page-set.js';

/** Takes a page's 64-bit granule mask apart into runs of set granules, ascending. */
export class MaskRuns {
  /** First granule and number of granules of the run that `next` found. */
  start = 0;
  count = 0;
  #low = 0;
  #high = 0;

  load(low: number, high: number): void {
    this.#low = low;
    this.#high = high;
  }

  next(): boolean {
    if (this.#low !== 0) {
      this.start = lowestBit(this.#low);
      const end = endOfRun(this.#low, this.start);
      this.#low = end === 32 ? 0 : this.#low & (-1 << end);
      this.count = end - this.start;
      if (end === 32 && (this.#high & 1) !== 0) this.count += this.#takeHigh(0);
      return true;
    }
    if (this.#high === 0) return false;
    const first = lowestBit(this.#high);
    this.start = 32 + first;
    this.count = this.#takeHigh(first);
    return true;
  }

  #takeHigh(first: number): number {
    const end = endOfRun(this.#high, first);
    this.#high = end === 32 ? 0 : this.#high & (-1 << end);
    return end - first;
  }
}

/** The first clear bit after the set bit `first`, or 32. */
function endOfRun(bits: number, first: number): number {
  const clear = ~bits & (-1 << first);
  return clear === 0 ? 32 : lowestBit(clear);
}
