import { GRANULES_PER_PAGE, PAGE_BYTES } from '../memory/constants.js';
import { hashPage } from '../memory/hash.js';
import type { PageMemory } from '../memory/page-memory.js';
import { BAD_PADDING, BAD_RUN, NO_ROOM, OK, OUT_OF_RANGE } from './codes.js';
import type { DeltaTarget } from './delta-target.js';
import type { PagePool } from './page-pool.js';

const NO_CELL = -1;

/**
 * Stages a delta in cells of a shared pool: the memory stays as it is until `apply`. A page's cell starts as a copy of the page.
 * Cells form a list in page order; a list that is kept between two deltas is gone on with.
 */
export class StagedTarget implements DeltaTarget {
  refusal = OK;
  digest = 0;
  stagedPageCount = 0;
  readonly memory: PageMemory;
  readonly pool: PagePool;
  #first = NO_CELL;
  /** The cell of the page that runs are put to now. */
  #cell = NO_CELL;
  #runEnd = 0;
  #putAt = 0;
  readonly #stateWords: Int32Array;

  constructor(memory: PageMemory, pool: PagePool) {
    this.memory = memory;
    this.pool = pool;
    this.#stateWords = new Int32Array(memory.bytes.buffer, 0, memory.pageCount * GRANULES_PER_PAGE);
  }

  begin(): void {
    this.drop();
  }

  open(offset: number, length: number): boolean {
    this.refusal = this.#openCode(offset, length);
    return this.refusal === OK;
  }

  #openCode(offset: number, length: number): number {
    if (length <= 0 || ((offset | length) & 3) !== 0 || offset < this.#runEnd) return BAD_RUN;
    const end = offset + length;
    if (end > ((this.memory.sizeBytes + 3) & ~3)) return OUT_OF_RANGE;
    const page = offset >>> 8;
    if (page !== (end - 1) >>> 8) return BAD_RUN;
    if ((this.#cell === NO_CELL || this.pool.pages[this.#cell] !== page) && !this.#stage(page)) return NO_ROOM;
    this.#runEnd = end;
    this.#putAt = this.#cell * PAGE_BYTES + (offset & (PAGE_BYTES - 1));
    this.#noteGranules(offset, length);
    return OK;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    const cells = this.pool.bytes;
    const to = this.#putAt;
    for (let i = 0; i < count; i++) cells[to + i] = bytes[at + i]!;
    this.#putAt = to + count;
  }

  oldByte(offset: number): number {
    return this.memory.bytes[offset]!;
  }

  oldWord(offset: number): number {
    return this.#stateWords[offset >>> 2]!;
  }

  finish(): number {
    this.#settle();
    this.digest = this.memory.digest;
    for (let cell = this.#first; cell !== NO_CELL; cell = this.pool.next[cell]!) {
      const page = this.pool.pages[cell]!;
      this.digest = (this.digest + this.pool.hashes[cell]! - this.memory.hashes[page]!) >>> 0;
    }
    return this.#isPaddingZero() ? OK : BAD_PADDING;
  }

  apply(): void {
    for (let cell = this.#first; cell !== NO_CELL; cell = this.pool.next[cell]!) {
      this.memory.loadPage(this.pool.pages[cell]!, this.pool.bytes, cell * PAGE_BYTES, this.pool.hashes[cell]!);
    }
    this.drop();
  }

  drop(): void {
    let cell = this.#first;
    while (cell !== NO_CELL) {
      const next = this.pool.next[cell]!;
      this.pool.give(cell);
      cell = next;
    }
    this.#first = this.#cell = NO_CELL;
    this.stagedPageCount = 0;
    this.#runEnd = 0;
  }

  #stage(page: number): boolean {
    this.#settle();
    const pool = this.pool;
    const cell = pool.take();
    if (cell === NO_CELL) return false;
    if (this.#cell === NO_CELL) this.#first = cell;
    else pool.next[this.#cell] = cell;
    pool.pages[cell] = page;
    pool.masks[cell << 1] = pool.masks[(cell << 1) | 1] = 0;
    const from = page * GRANULES_PER_PAGE;
    const to = cell * GRANULES_PER_PAGE;
    for (let i = 0; i < GRANULES_PER_PAGE; i++) pool.words[to + i] = this.#stateWords[from + i]!;
    this.#cell = cell;
    this.stagedPageCount++;
    return true;
  }

  /** Takes the hash of the page that runs were put to. */
  #settle(): void {
    const cell = this.#cell;
    if (cell !== NO_CELL) this.pool.hashes[cell] = hashPage(this.pool.words, cell * GRANULES_PER_PAGE, this.pool.pages[cell]!);
  }

  #noteGranules(offset: number, length: number): void {
    const masks = this.pool.masks;
    const end = (offset + length) >>> 2;
    for (let granule = offset >>> 2; granule < end; granule++) masks[(this.#cell << 1) | ((granule >>> 5) & 1)]! |= 1 << granule;
  }

  #isPaddingZero(): boolean {
    const last = this.#cell;
    if (last === NO_CELL || this.pool.pages[last] !== this.memory.pageCount - 1) return true;
    const at = last * PAGE_BYTES;
    for (let i = this.memory.sizeBytes - (this.memory.pageCount - 1) * PAGE_BYTES; i < PAGE_BYTES; i++) {
      if (this.pool.bytes[at + i] !== 0) return false;
    }
    return true;
  }
}
