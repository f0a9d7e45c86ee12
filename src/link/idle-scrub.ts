import type { PageMemory } from '../memory/page-memory.js';
import type { LinkCounters } from './counters.js';
import { COMPARE_SCRUB, type PageCompare } from './page-compare.js';

/** Between two pages rehashed in idle time, and between two ranges compared with the host. */
export const SCRUB_LOCAL_MS = 250;
export const SCRUB_COMPARE_MS = 30_000;

/** Looks after the pages when there is nothing else to do: a write that went round the barrier is found. */
export class IdleScrub {
  readonly #memory: PageMemory;
  readonly #compare: PageCompare;
  readonly #counters: LinkCounters;
  #rehashedMs = 0;
  #comparedMs = 0;

  constructor(memory: PageMemory, compare: PageCompare, counters: LinkCounters) {
    this.#memory = memory;
    this.#compare = compare;
    this.#counters = counters;
  }

  beginSession(nowMs: number): void {
    this.#comparedMs = nowMs;
  }

  /** Nothing is dirty or in flight. Afterwards something may be dirty, or a comparison begun. */
  run(nowMs: number): void {
    if (this.#compare.active) return;
    if (nowMs >= this.#comparedMs + SCRUB_COMPARE_MS) {
      this.#comparedMs = nowMs;
      this.#compare.start(COMPARE_SCRUB);
    } else if (nowMs >= this.#rehashedMs + SCRUB_LOCAL_MS) {
      this.#rehashedMs = nowMs;
      this.#counters.scrubFaults += this.#memory.scrub(1);
    }
  }
}
