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
    const memory = this.#target.memory;
    const granule = pool.pages[cell]! * GRANULES_PER_PAGE;
    const word = cell * GRANULES_PER_PAGE;
    this.#runs.load(memory.differences(granule, pool.words, word), memory.differences(granule + 32, pool.words, word + 32));
  }
}
