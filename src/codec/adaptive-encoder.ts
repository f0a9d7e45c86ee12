import { FLAG_HISTORY_RESTART } from '../delta/delta-format.js';
import type { PageMemory } from '../memory/page-memory.js';
import { History } from './history.js';
import { MODELLED_CODEC_ID, ModelledEncoder } from './modelled-encoder.js';
import { NotingRuns } from './noting-runs.js';
import type { PayloadEncoder, RunSource } from './payload.js';
import { STORED_CODEC_ID, StoredEncoder } from './stored.js';

/**
 * What the model has to save: so many ns of the line's time for each byte that it codes, a sixteenth of it at 115200 baud and half
 * at 921600. It takes longer than that itself, but while it runs the line is busy with the last frame.
 */
const MODEL_NS_PER_BYTE = 5_425;
const DEFAULT_LINE_NS_PER_BYTE = 86_806;
/** Shorter deltas say nothing about what the model saves. */
const JUDGED_BYTES_MIN = 32;
/** After so many deltas in a row for which the model did not pay, the next is stored without trying; doubles up to a bound. */
const STORED_STREAK_MAX = 15;

/**
 * Chooses for each delta: modelled, or stored and noted in the history. Stored are a few granules that the history knows little
 * of, deltas that follow one which the model hardly shortened, and everything on a line that is faster than the model.
 */
export class AdaptiveEncoder implements PayloadEncoder {
  readonly id = MODELLED_CODEC_ID;
  /** Time of a byte on the line, in ns; 8.68e4 at 115200 baud. Decides what the model has to save. */
  lineNsPerByte = DEFAULT_LINE_NS_PER_BYTE;
  readonly #history = new History();
  readonly #modelled = new ModelledEncoder(this.#history);
  readonly #stored = new StoredEncoder();
  readonly #runs = new NotingRuns(this.#history);
  #isModelled = false;
  /** Deltas that are stored before the model is tried again, and how many it was last time. */
  #storedLeft = 0;
  #storedStreak = 0;

  begin(runs: RunSource, memory: PageMemory): number {
    const restart = this.#history.isShared ? 0 : FLAG_HISTORY_RESTART;
    if (restart !== 0) this.#modelled.restart();
    this.#runs.begin(runs);
    this.#isModelled = this.#runs.modelSaves && this.#isModelWorthwhile();
    if (this.#isModelled) {
      this.#modelled.begin(this.#runs);
      return MODELLED_CODEC_ID | restart;
    }
    this.#runs.note();
    this.#stored.begin(this.#runs, memory);
    return STORED_CODEC_ID | restart;
  }

  produce(out: Uint8Array, at: number, limit: number): number {
    if (!this.#isModelled) return this.#stored.produce(out, at, limit);
    const wasDone = this.#modelled.done;
    const count = this.#modelled.produce(out, at, limit);
    if (this.#modelled.done && !wasDone) this.#judgeModel();
    return count;
  }

  get done(): boolean {
    return this.#isModelled ? this.#modelled.done : this.#stored.done;
  }

  forget(): void {
    this.#history.isShared = false;
  }

  #isModelWorthwhile(): boolean {
    if (this.lineNsPerByte <= MODEL_NS_PER_BYTE) return false;
    if (this.#storedLeft === 0) return true;
    this.#storedLeft--;
    return false;
  }

  #judgeModel(): void {
    if (this.#modelled.storedBytes < JUDGED_BYTES_MIN) return;
    const savedBytes = this.#modelled.storedBytes - this.#modelled.codedBytes;
    if (savedBytes * this.lineNsPerByte >= this.#modelled.storedBytes * MODEL_NS_PER_BYTE) this.#storedStreak = 0;
    else this.#storedStreak = Math.min(this.#storedStreak * 2 + 1, STORED_STREAK_MAX);
    this.#storedLeft = this.#storedStreak;
  }
}
