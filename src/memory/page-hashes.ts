import { GRANULES_PER_PAGE } from './constants.js';
import { hashPage } from './hash.js';

/** A hash per page and their sum. A page that changed after its hash was taken is always marked dirty. */
export class PageHashes {
  readonly table: Uint32Array;
  /** Sum of the table modulo 2^32: the fingerprint of the whole state. */
  digest = 0;
  readonly #words: Int32Array;

  constructor(table: Uint32Array, words: Int32Array) {
    this.table = table;
    this.#words = words;
  }

  /** Takes the hash of `page` as it is now. Returns what that adds to the digest. */
  update(page: number): number {
    return this.replace(page, this.current(page));
  }

  /** Puts a known hash of `page` into the table. Returns what that adds to the digest. */
  replace(page: number, hash: number): number {
    const change = (hash - this.table[page]!) | 0;
    this.table[page] = hash;
    this.digest = (this.digest + change) >>> 0;
    return change;
  }

  /** The hash of `page` as it is now; the table stays. */
  current(page: number): number {
    return hashPage(this.#words, page * GRANULES_PER_PAGE, page);
  }

  updateAll(): void {
    for (let page = 0; page < this.table.length; page++) this.update(page);
  }
}
