// I5: after start-up the core allocates nothing per commit. A sender and a receiver follow each other for as many commits as the first
// argument says; slots, raw chunk bytes and collections must stand still from the first commit on. Prints what moved.
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { host } from '../host-api.js';

const STATE_BYTES = 8192;
const STORES_PER_COMMIT = 12;
const OUTBOX_BYTES = 64;

class Pair {
  readonly board = new PageMemory({ sizeBytes: STATE_BYTES });
  readonly copy = new PageMemory({ sizeBytes: STATE_BYTES });
  readonly #source = new DeltaSource(this.board, [new StoredEncoder()]);
  readonly #sink = new DeltaSink(new StagedTarget(this.copy, new PagePool(STATE_BYTES >>> 8)), [new StoredDecoder()]);
  readonly #outbox = new Uint8Array(OUTBOX_BYTES);
  #random = 1;
  sequence = 0;

  #next(): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) | 0;
    return this.#random >>> 8;
  }

  turn(): void {
    for (let index = 0; index < STORES_PER_COMMIT; index++) {
      const offset = this.#next() % STATE_BYTES;
      if ((index & 3) === 0) this.board.setF64(offset & ~7, this.#next() / 7);
      else if ((index & 1) === 0) this.board.setU32(offset & ~3, this.#next());
      else this.board.setU8(offset, this.#next());
    }
  }

  commit(): void {
    const source = this.#source;
    const sink = this.#sink;
    if (!source.begin(1, 7, this.sequence, this.sequence + 1)) return;
    sink.begin(1, 7, this.sequence);
    while (!source.finished) {
      const count = source.produce(this.#outbox, 0, OUTBOX_BYTES);
      sink.consume(this.#outbox, 0, count);
    }
    if (sink.finish() !== 0) throw new Error(`delta ${this.sequence + 1} was refused with code ${sink.code}`);
    sink.apply();
    source.acknowledge();
    this.sequence++;
  }

  run(count: number): void {
    for (let index = 0; index < count; index++) {
      this.turn();
      this.commit();
    }
  }
}

const commits = Number(host.args()[0]);
const pair = new Pair();
pair.run(1);
host.gc();
const slots = host.slots();
const chunks = host.chunks();
const collections = host.collections();
const meter = host.meter();
pair.run(commits);
const meterAfter = host.meter();
const slotsAfter = host.slots();
const chunksAfter = host.chunks();
const collectionsAfter = host.collections();
for (let index = 0; index < STATE_BYTES; index++) {
  if (pair.board.getU8(index) !== pair.copy.getU8(index)) throw new Error(`the copy differs at ${index}`);
}
host.print(
  JSON.stringify({
    commits: pair.sequence - 1,
    slots: slotsAfter - slots,
    chunkBytes: chunksAfter - chunks,
    collections: collectionsAfter - collections,
    computronsPerCommit: (meterAfter - meter) / commits,
  }),
);
