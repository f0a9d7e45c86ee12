import { ContentModel } from './content-model.js';
import type { History } from './history.js';
import { END, NextModel } from './next-model.js';
import type { RunSource } from './payload.js';
import { RangeEncoder } from './range-encoder.js';

export const MODELLED_CODEC_ID = 1;
/** The head of a stored run, near enough. */
const STORED_HEAD_BYTES = 2;

const NO_BYTES = new Uint8Array(0);

/** Encodes runs through the model into a stream of their own, cell by cell: SPEC.md, "Modelled payload". */
export class ModelledEncoder {
  done = true;
  /** Bytes given so far, and about what the runs read so far take as stored ones. */
  codedBytes = 0;
  storedBytes = 0;
  readonly #coder: RangeEncoder;
  readonly #history: History;
  readonly #next: NextModel;
  readonly #content: ContentModel;
  #runs: RunSource | undefined;
  #hasEnded = true;
  /** The next granule's address and place in its run; the address after the run's end. */
  #address = 0;
  #runStart = 0;
  #runEnd = 0;
  #bytes: Uint8Array = NO_BYTES;
  #runAt = 0;

  constructor(history: History) {
    this.#coder = new RangeEncoder(history.probabilities);
    this.#history = history;
    this.#next = new NextModel(history, this.#coder);
    this.#content = new ContentModel(history, this.#coder);
  }

  /** The history starts anew. */
  restart(): void {
    this.#history.restart();
    this.#next.restart();
    this.#content.restart();
  }

  begin(runs: RunSource): void {
    this.#runs = runs;
    this.#coder.begin();
    this.#next.begin();
    this.#content.begin();
    this.#address = this.#runStart = this.#runEnd = 0;
    this.codedBytes = 0;
    this.storedBytes = 1;
    this.#hasEnded = this.done = false;
  }

  /** Writes at most `limit` bytes to `out` from `at`. Returns the number written; 0 only if `done` or `limit` is 0. */
  produce(out: Uint8Array, at: number, limit: number): number {
    const coder = this.#coder;
    this.#findRun();
    const end = at + limit;
    let to = at;
    while (to < end && !this.done) {
      if (coder.isWaiting) {
        to += coder.take(out, to, end - to);
      } else {
        coder.open(out, to, end - to);
        do this.#step();
        while (!this.#hasEnded && coder.canStep(end));
        to += coder.close();
      }
      this.done = this.#hasEnded && !coder.isWaiting;
    }
    this.codedBytes += to - at;
    return to - at;
  }

  /** One granule, or the end; no more than a step's bytes beside those that a carry held up. */
  #step(): void {
    if (this.#address === this.#runEnd && !this.#nextRun()) {
      this.#next.code(END);
      this.#coder.finish();
      this.#hasEnded = true;
      return;
    }
    const bytes = this.#bytes;
    const address = this.#address++;
    const from = this.#runAt + ((address - this.#runStart) << 2);
    this.#next.code(address);
    this.#content.code(address, bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24));
  }

  #nextRun(): boolean {
    const runs = this.#runs!;
    if (!runs.next()) return false;
    this.#address = this.#runStart = runs.offset >>> 2;
    this.#runEnd = this.#runStart + (runs.length >>> 2);
    this.storedBytes += STORED_HEAD_BYTES + runs.length;
    this.#findRun();
    return true;
  }

  /** The run's bytes, which do not move before `produce` returns. */
  #findRun(): void {
    this.#bytes = this.#runs!.bytes;
    this.#runAt = this.#runs!.at;
  }
}
