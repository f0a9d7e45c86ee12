import { GRANULES_PER_PAGE, PAGE_BYTES } from '../memory/constants.js';
import { hashPage } from '../memory/hash.js';
import type { PageMemory } from '../memory/page-memory.js';
import { BAD_PADDING, NO_ROOM, OK } from './codes.js';
import type { DeltaTarget } from './delta-target.js';
import type { PagePool } from './page-pool.js';
import { checkRun } from './run-check.js';

export const NO_CELL = -1;
export const NOT_STAGED = -1;

/**
 * Stages a delta in cells of a shared pool: the memory stays as it is until `apply`. A page's cell starts as a copy of the page.
 * Cells form a list in page order. After a torn delta they may stay, so that what arrived is not sent again.
 */
export class StagedTarget implements DeltaTarget {
  refusal = OK;
  digest = 0;
  stagedPageCount = 0;
  readonly memory: PageMemory;
  readonly pool: PagePool;
  /** First cell of the list, or `NO_CELL`; `pool.next` leads on. */
  firstCell = NO_CELL;
  /** The cell of the page that runs are put to now. */
  #cell = NO_CELL;
  #runEnd = 0;
  #putAt = 0;
  /** A cell that a search may start from. */
  #finger = NO_CELL;

  constructor(memory: PageMemory, pool: PagePool) {
    this.memory = memory;
    this.pool = pool;
  }

  begin(keepStaged: boolean): void {
    this.#leaveCell();
    if (!keepStaged) this.drop();
    this.#runEnd = 0;
  }

  open(offset: number, length: number): boolean {
    this.refusal = checkRun(offset, length, this.#runEnd, this.memory.sizeBytes);
    if (this.refusal !== OK) return false;
    const page = offset >>> 8;
    if ((this.#cell === NO_CELL || this.pool.pages[this.#cell] !== page) && !this.#enterCell(page)) {
      this.refusal = NO_ROOM;
      return false;
    }
    this.#runEnd = offset + length;
    this.#putAt = this.#cell * PAGE_BYTES + (offset & (PAGE_BYTES - 1));
    return true;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    const cells = this.pool.bytes;
    const to = this.#putAt;
    for (let i = 0; i < count; i++) cells[to + i] = bytes[at + i]!;
    this.#putAt = to + count;
  }

  oldByte(offset: number): number {
    const cell = this.#cellOfOpenRun(offset);
    return cell === NO_CELL ? this.memory.bytes[offset]! : this.pool.bytes[cell * PAGE_BYTES + (offset & (PAGE_BYTES - 1))]!;
  }

  oldWord(offset: number): number {
    const cell = this.#cellOfOpenRun(offset);
    if (cell === NO_CELL) return this.memory.getI32(offset);
    return this.pool.words[cell * GRANULES_PER_PAGE + ((offset & (PAGE_BYTES - 1)) >>> 2)]!;
  }

  finish(): number {
    this.#leaveCell();
    this.digest = this.memory.digest;
    let last = NO_CELL;
    for (let cell = this.firstCell; cell !== NO_CELL; cell = this.pool.next[cell]!) {
      this.digest = (this.digest + this.pool.hashes[cell]! - this.memory.hashes[this.pool.pages[cell]!]!) >>> 0;
      last = cell;
    }
    return this.#isPaddingZero(last) ? OK : BAD_PADDING;
  }

  apply(): void {
    for (let cell = this.firstCell; cell !== NO_CELL; cell = this.pool.next[cell]!) {
      this.memory.loadPage(this.pool.pages[cell]!, this.pool.words, cell * GRANULES_PER_PAGE, this.pool.hashes[cell]!);
    }
    this.drop();
  }

  suspend(): void {
    this.#leaveCell();
  }

  drop(): void {
    let cell = this.firstCell;
    while (cell !== NO_CELL) {
      const next = this.pool.next[cell]!;
      this.pool.give(cell);
      cell = next;
    }
    this.firstCell = this.#cell = this.#finger = NO_CELL;
    this.stagedPageCount = 0;
  }

  /** Hash of what is staged of `page`, or `NOT_STAGED`. Between deltas only; cheap if asked in page order. */
  stagedHash(page: number): number {
    const cell = this.#after(this.#before(page));
    return cell !== NO_CELL && this.pool.pages[cell] === page ? this.pool.hashes[cell]! : NOT_STAGED;
  }

  /** Forgets what is staged of `page`, if anything. Between deltas only. */
  dropPage(page: number): void {
    const before = this.#before(page);
    const cell = this.#after(before);
    if (cell === NO_CELL || this.pool.pages[cell] !== page) return;
    this.#link(before, this.pool.next[cell]!);
    this.pool.give(cell);
    this.stagedPageCount--;
  }

  #enterCell(page: number): boolean {
    const before = this.#before(page);
    let cell = this.#after(before);
    if (cell === NO_CELL || this.pool.pages[cell] !== page) {
      const after = cell;
      cell = this.pool.take();
      if (cell === NO_CELL) return false;
      this.#link(before, cell);
      this.pool.next[cell] = after;
      this.stagedPageCount++;
      this.pool.pages[cell] = page;
      this.memory.readPage(page, this.pool.words, cell * GRANULES_PER_PAGE);
    }
    this.#leaveCell();
    this.#cell = cell;
    return true;
  }

  /** Takes the hash of the page that runs were put to. */
  #leaveCell(): void {
    const cell = this.#cell;
    if (cell !== NO_CELL) this.pool.hashes[cell] = hashPage(this.pool.words, cell * GRANULES_PER_PAGE, this.pool.pages[cell]!);
    this.#cell = NO_CELL;
  }

  /** A page that was staged before this delta is the base of what comes now. */
  #cellOfOpenRun(offset: number): number {
    const cell = this.#cell;
    return cell !== NO_CELL && this.pool.pages[cell] === offset >>> 8 ? cell : NO_CELL;
  }

  /** The last cell of a page below `page`, or `NO_CELL`. */
  #before(page: number): number {
    const pages = this.pool.pages;
    let cell = this.#finger !== NO_CELL && pages[this.#finger]! < page ? this.#finger : NO_CELL;
    let next = this.#after(cell);
    while (next !== NO_CELL && pages[next]! < page) {
      cell = next;
      next = this.#after(cell);
    }
    this.#finger = cell;
    return cell;
  }

  #after(cell: number): number {
    return cell === NO_CELL ? this.firstCell : this.pool.next[cell]!;
  }

  #link(cell: number, next: number): void {
    if (cell === NO_CELL) this.firstCell = next;
    else this.pool.next[cell] = next;
  }

  #isPaddingZero(last: number): boolean {
    if (last === NO_CELL || this.pool.pages[last] !== this.memory.pageCount - 1) return true;
    const end = (last + 1) * PAGE_BYTES;
    const padding = this.memory.pageCount * PAGE_BYTES - this.memory.sizeBytes;
    for (let i = end - padding; i < end; i++) if (this.pool.bytes[i] !== 0) return false;
    return true;
  }
}
