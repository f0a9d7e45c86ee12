/** Index of the lowest set bit of `bits`, which is not 0. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/**
 * A set of page indices as a bitmap with two summary levels: adding, removing and stepping to the next member cost the same
 * for any number of pages, so that a walk costs what the set holds, not what the state measures.
 * It lies in a part of `words` that starts at `firstWord` and is zero.
 */
export class PageSet {
  count = 0;
  readonly #words: Int32Array;
  readonly #pages: number;
  readonly #summary: number;
  readonly #top: number;
  readonly #end: number;

  constructor(words: Int32Array, firstWord: number, pageCount: number) {
    const pageWords = (pageCount + 31) >>> 5;
    this.#words = words;
    this.#pages = firstWord;
    this.#summary = firstWord + pageWords;
    this.#top = this.#summary + ((pageWords + 31) >>> 5);
    this.#end = firstWord + PageSet.wordCount(pageCount);
  }

  /** Words that a set of `pageCount` pages takes. */
  static wordCount(pageCount: number): number {
    const pageWords = (pageCount + 31) >>> 5;
    const summaryWords = (pageWords + 31) >>> 5;
    return pageWords + summaryWords + ((summaryWords + 31) >>> 5);
  }

  has(page: number): boolean {
    return (this.#words[this.#pages + (page >>> 5)]! & (1 << page)) !== 0;
  }

  add(page: number): void {
    const words = this.#words;
    const word = page >>> 5;
    const bit = 1 << page;
    if ((words[this.#pages + word]! & bit) !== 0) return;
    words[this.#pages + word]! |= bit;
    words[this.#summary + (word >>> 5)]! |= 1 << word;
    words[this.#top + (word >>> 10)]! |= 1 << (word >>> 5);
    this.count++;
  }

  remove(page: number): void {
    const words = this.#words;
    const word = page >>> 5;
    const bit = 1 << page;
    if ((words[this.#pages + word]! & bit) === 0) return;
    this.count--;
    words[this.#pages + word]! &= ~bit;
    if (words[this.#pages + word] !== 0) return;
    words[this.#summary + (word >>> 5)]! &= ~(1 << word);
    if (words[this.#summary + (word >>> 5)] !== 0) return;
    words[this.#top + (word >>> 10)]! &= ~(1 << (word >>> 5));
  }

  /** The smallest member that is not below `from`, or -1. */
  next(from: number): number {
    const words = this.#words;
    let word = from >>> 5;
    if (this.#pages + word >= this.#summary) return -1;
    let bits = words[this.#pages + word]! & (-1 << from);
    if (bits !== 0) return (word << 5) + lowestBit(bits);
    word = this.#nextWord(word + 1);
    if (word < 0) return -1;
    bits = words[this.#pages + word]!;
    return (word << 5) + lowestBit(bits);
  }

  /** The first word with a member that is not below `from`, or -1. */
  #nextWord(from: number): number {
    const words = this.#words;
    let summary = from >>> 5;
    if (this.#summary + summary >= this.#top) return -1;
    let bits = words[this.#summary + summary]! & (-1 << from);
    if (bits === 0) {
      summary++;
      let top = this.#top + (summary >>> 5);
      if (top >= this.#end) return -1;
      bits = words[top]! & (-1 << summary);
      while (bits === 0) {
        if (++top >= this.#end) return -1;
        bits = words[top]!;
      }
      summary = ((top - this.#top) << 5) + lowestBit(bits);
      bits = words[this.#summary + summary]!;
    }
    return (summary << 5) + lowestBit(bits);
  }
}
