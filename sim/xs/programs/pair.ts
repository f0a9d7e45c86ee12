// A memory and its copy, kept equal by deltas: the shortest way through the core.
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { type Codecs, storedCodecs } from './codecs.js';

const OUTBOX_BYTES = 64;

export class Pair {
  readonly board: PageMemory;
  readonly copy: PageMemory;
  readonly #source: DeltaSource;
  readonly #sink: DeltaSink;
  readonly #outbox = new Uint8Array(OUTBOX_BYTES);
  sequence = 0;

  constructor(sizeBytes: number, codecs: Codecs = storedCodecs()) {
    this.board = new PageMemory({ sizeBytes });
    this.copy = new PageMemory({ sizeBytes });
    this.#source = new DeltaSource(this.board, [codecs.encoder]);
    this.#sink = new DeltaSink(new StagedTarget(this.copy, new PagePool(this.copy.pageCount)), codecs.decoders);
  }

  /** Throws if the receiver refuses the delta. */
  commit(): void {
    const source = this.#source;
    const sink = this.#sink;
    if (!source.begin(1, 7, this.sequence, this.sequence + 1)) return;
    sink.begin(1, 7, this.sequence);
    while (!source.finished) sink.consume(this.#outbox, 0, source.produce(this.#outbox, 0, OUTBOX_BYTES));
    if (sink.finish() !== 0) throw new Error(`delta ${this.sequence + 1} was refused with code ${sink.code}`);
    sink.apply();
    source.acknowledge();
    this.sequence++;
  }

  /** Throws where the copy differs. */
  check(): void {
    for (let index = 0; index < this.board.sizeBytes; index++) {
      if (this.board.getU8(index) !== this.copy.getU8(index)) throw new Error(`the copy differs at byte ${index}`);
    }
  }
}

/** A generator of integers that allocates nothing (Numerical Recipes' linear congruence). */
export class Draws {
  #state = 1;

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return this.#state >>> 8;
  }
}
