import { HISTORY_BYTES, type History, SLOT_MASK } from './history.js';
import type { RunSource } from './payload.js';
import { storedHeadBytes } from './stored.js';

const POSITION_MASK = HISTORY_BYTES - 1;
/** Deltas up to so many granules are looked at as a whole before a codec is chosen. */
const KEPT_GRANULES = 4;
const KEPT_BYTES = KEPT_GRANULES * 4;
/** What the model takes for a granule that it does not know, and for a known one beside its changed bytes; rather more than less. */
const NEW_GRANULE_BYTES = 7;
const KNOWN_GRANULE_BYTES = 1;
/** What it may take beyond that where it was trained on something else. */
const DOUBT_BYTES = 2;

/**
 * Runs on their way to an encoder. The first few granules are read ahead and kept, as reading on may free the page of a run: so
 * a small delta can be judged before a codec is chosen. Runs that go over by other means than the model are noted in the history.
 */
export class NotingRuns implements RunSource {
  offset = 0;
  length = 0;
  readonly #history: History;
  readonly #kept = new Uint8Array(KEPT_BYTES);
  readonly #keptOffsets = new Int32Array(KEPT_GRANULES);
  readonly #keptLengths = new Int32Array(KEPT_GRANULES);
  #runs: RunSource | undefined;
  #keptRuns = 0;
  #keptBytes = 0;
  /** Kept runs given out, and where the one given last lies in `#kept`. */
  #given = 0;
  #givenAt = 0;
  #isKept = false;
  /** `#runs` is at a run that was not kept. */
  #hasRun = false;
  #isNoting = false;

  constructor(history: History) {
    this.#history = history;
  }

  begin(runs: RunSource): void {
    this.#runs = runs;
    this.#keptRuns = this.#keptBytes = this.#given = this.#givenAt = 0;
    this.#isNoting = this.#isKept = false;
    this.length = 0;
    this.#hasRun = runs.next();
    while (this.#hasRun && this.#keptBytes + runs.length <= KEPT_BYTES) {
      for (let i = 0; i < runs.length; i++) this.#kept[this.#keptBytes + i] = runs.bytes[runs.at + i]!;
      this.#keptOffsets[this.#keptRuns] = runs.offset;
      this.#keptLengths[this.#keptRuns++] = runs.length;
      this.#keptBytes += runs.length;
      this.#hasRun = runs.next();
    }
  }

  /** Whether the model is sure to shorten the runs; those of all but small deltas are taken to be worth a try. */
  get modelSaves(): boolean {
    if (this.#hasRun) return true;
    let storedBytes = 1;
    let modelledBytes = 1;
    let at = 0;
    let end = 0;
    for (let run = 0; run < this.#keptRuns; run++) {
      const start = this.#keptOffsets[run]! >>> 2;
      const count = this.#keptLengths[run]! >>> 2;
      storedBytes += storedHeadBytes(start - end, count) + count * 4;
      end = start + count;
      for (let address = start; address < end; address++, at += 4) modelledBytes += this.#modelBytes(address, at);
    }
    return modelledBytes + DOUBT_BYTES <= storedBytes;
  }

  /** From here on runs are noted. */
  note(): void {
    this.#isNoting = true;
  }

  get at(): number {
    return this.#isKept ? this.#givenAt : this.#runs!.at;
  }

  get bytes(): Uint8Array {
    return this.#isKept ? this.#kept : this.#runs!.bytes;
  }

  next(): boolean {
    const runs = this.#runs!;
    if (this.#isKept) this.#givenAt += this.length;
    this.#isKept = this.#given < this.#keptRuns;
    if (this.#isKept) {
      this.offset = this.#keptOffsets[this.#given]!;
      this.length = this.#keptLengths[this.#given++]!;
    } else {
      if (!this.#hasRun && !runs.next()) return false;
      this.#hasRun = false;
      this.offset = runs.offset;
      this.length = runs.length;
    }
    if (this.#isNoting) this.#noteRun();
    return true;
  }

  /** Bytes that the model takes for the kept granule at `at`, by rule of thumb. */
  #modelBytes(address: number, at: number): number {
    if (!this.#history.knows(address)) return NEW_GRANULE_BYTES;
    const position = (address & SLOT_MASK) << 2;
    let changedBytes = 0;
    for (let i = 0; i < 4; i++) if (this.#kept[at + i] !== this.#history.values[position + i]) changedBytes++;
    return changedBytes === 4 ? NEW_GRANULE_BYTES : KNOWN_GRANULE_BYTES + changedBytes;
  }

  #noteRun(): void {
    const history = this.#history;
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < this.length; i += 4) history.noteAddress((this.offset + i) >>> 2);
    for (let i = 0; i < this.length; i++) history.values[(this.offset + i) & POSITION_MASK] = bytes[at + i]!;
  }
}
