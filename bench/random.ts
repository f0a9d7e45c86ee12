// sfc32 (Chris Doty-Humphrey, PractRand): small, fast, 32-bit integers only, so Node and XS draw the same numbers.

const WARM_UP_DRAWS = 12;

/** A seeded source of repeatable numbers. */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = 0x9e3779b9;
    this.#c = 0x243f6a88;
    for (let i = 0; i < WARM_UP_DRAWS; i++) this.u32();
  }

  /** 0 .. 2^32 - 1. */
  u32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 <= x < 1. */
  unit(): number {
    return this.u32() / 4294967296;
  }

  /** A whole number 0 .. limit - 1. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** A whole number min .. max, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Nearly normal, mean 0, deviation 1 (sum of 12 uniform draws, Irwin-Hall). */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.unit();
    return sum;
  }
}
