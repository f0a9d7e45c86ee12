import { HISTORY_BYTES, type History } from './history.js';
import type { RunSource } from './payload.js';

const POSITION_MASK = HISTORY_BYTES - 1;

/**
 * Runs that go over by other means than the model, noted in the history as they are read. They are read one ahead, so that an
 * encoder sees whether a granule is all there is; as reading on may free a run's page, only a first run of one granule is kept.
 */
export class NotingRuns implements RunSource {
  offset = 0;
  length = 0;
  readonly #history: History;
  readonly #granule = new Uint8Array(4);
  #runs: RunSource | undefined;
  #granuleOffset = 0;
  /** What `next` gives first: the kept granule, then the run that `#runs` is at. */
  #hasGranule = false;
  #hasRun = false;
  #isGranule = false;
  #isNoting = false;

  constructor(history: History) {
    this.#history = history;
  }

  begin(runs: RunSource): void {
    this.#runs = runs;
    this.#isNoting = this.#isGranule = false;
    this.#hasRun = runs.next();
    this.#hasGranule = this.#hasRun && runs.length === 4;
    if (!this.#hasGranule) return;
    this.#granuleOffset = runs.offset;
    for (let i = 0; i < 4; i++) this.#granule[i] = runs.bytes[runs.at + i]!;
    this.#hasRun = runs.next();
  }

  /** Whether all there is is one granule that the history does not know. */
  get isNewGranule(): boolean {
    return this.#hasGranule && !this.#hasRun && !this.#history.knows(this.#granuleOffset >>> 2);
  }

  /** From here on runs are noted. */
  note(): void {
    this.#isNoting = true;
  }

  get at(): number {
    return this.#isGranule ? 0 : this.#runs!.at;
  }

  get bytes(): Uint8Array {
    return this.#isGranule ? this.#granule : this.#runs!.bytes;
  }

  next(): boolean {
    const runs = this.#runs!;
    this.#isGranule = this.#hasGranule;
    if (this.#hasGranule) {
      this.#hasGranule = false;
      this.offset = this.#granuleOffset;
      this.length = 4;
    } else {
      if (!this.#hasRun && !runs.next()) return false;
      this.#hasRun = false;
      this.offset = runs.offset;
      this.length = runs.length;
    }
    if (this.#isNoting) this.#noteRun();
    return true;
  }

  #noteRun(): void {
    const history = this.#history;
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < this.length; i += 4) history.noteAddress((this.offset + i) >>> 2);
    for (let i = 0; i < this.length; i++) history.values[(this.offset + i) & POSITION_MASK] = bytes[at + i]!;
  }
}
