import type { RunSource } from '../codec/payload.js';
import { GRANULE_BYTES, GRANULES_PER_PAGE, PAGE_BYTES } from '../memory/constants.js';
import { MaskRuns } from '../memory/mask-runs.js';
import { NO_CELL, type StagedTarget } from './staged-target.js';

/** What a staged delta changes: the granules that differ from the memory, which is still the base. */
export class StagedRuns implements RunSource {
  bytes: Uint8Array;
  offset = 0;
  length = 0;
  at = 0;
  #target: StagedTarget;
  #cell = NO_CELL;
  #next = NO_CELL;
  readonly #runs = new MaskRuns();

  constructor(target: StagedTarget) {
    this.#target = target;
    this.bytes = target.pool.bytes;
    this.begin(target);
  }

  begin(target: StagedTarget): void {
    this.#target = target;
    this.bytes = target.pool.bytes;
    this.#next = target.firstCell;
    this.#runs.load(0, 0);
  }

  next(): boolean {
    while (!this.#runs.next()) {
      if (this.#next === NO_CELL) return false;
      this.#enterCell(this.#next);
    }
    const start = this.#runs.start * GRANULE_BYTES;
    this.offset = this.#target.pool.pages[this.#cell]! * PAGE_BYTES + start;
    this.length = this.#runs.count * GRANULE_BYTES;
    this.at = this.#cell * PAGE_BYTES + start;
    return true;
  }

  #enterCell(cell: number): void {
    const pool = this.#target.pool;
    this.#cell = cell;
    this.#next = pool.next[cell]!;
    const page = pool.pages[cell]! * PAGE_BYTES;
    this.#runs.load(this.#changes(cell, page, 0), this.#changes(cell, page, GRANULES_PER_PAGE / 2));
  }

  /** A bit for each of 32 granules from `first` that differs between the cell and the page at `pageOffset`. */
  #changes(cell: number, pageOffset: number, first: number): number {
    const words = this.#target.pool.words;
    const memory = this.#target.memory;
    const from = cell * GRANULES_PER_PAGE + first;
    let mask = 0;
    for (let i = 0; i < 32; i++) {
      if (words[from + i] !== memory.getI32(pageOffset + (first + i) * GRANULE_BYTES)) mask |= 1 << i;
    }
    return mask;
  }
}
