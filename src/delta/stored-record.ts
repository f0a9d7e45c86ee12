import { StoredEncoder, storedHeadBytes } from '../codec/stored.js';
import { StagedRuns } from './staged-runs.js';
import type { StagedTarget } from './staged-target.js';

/**
 * Writes what a verified, not yet applied delta changes as a record for a store: a stored stream and nothing else. However the
 * delta was coded on the wire, a store needs one codec, and no history, to read it.
 */
export class StoredRecord {
  readonly #runs: StagedRuns;
  readonly #encoder = new StoredEncoder();

  /** Any target will do; `begin` names the one to write. */
  constructor(target: StagedTarget) {
    this.#runs = new StagedRuns(target);
  }

  /** Starts the record of `target`, which must not change until the record is done. Returns the record's size in bytes. */
  begin(target: StagedTarget): number {
    const runs = this.#runs;
    let sizeBytes = 1;
    let end = 0;
    runs.begin(target);
    while (runs.next()) {
      sizeBytes += storedHeadBytes((runs.offset - end) >>> 2, runs.length >>> 2) + runs.length;
      end = runs.offset + runs.length;
    }
    runs.begin(target);
    this.#encoder.begin(runs, target.memory);
    return sizeBytes;
  }

  /** Writes at most `limit` bytes to `out` from `at`. Returns the number written. */
  produce(out: Uint8Array, at: number, limit: number): number {
    return this.#encoder.produce(out, at, limit);
  }

  get done(): boolean {
    return this.#encoder.done;
  }
}
