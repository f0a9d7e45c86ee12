// A seeded life of a state and its copy, the same on every engine: stores of every type, raw writes, deltas streamed in random pieces
// while the agent goes on, aborts, deltas lost and sent again, deltas changed on the way. Everything that an engine could see
// differently is given out as records: [kind, u32 length, bytes].
import { Random } from '../../../bench/random.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import type { Codecs } from './codecs.js';
import { type Emit, RecordWriter } from './records.js';

export const DELTA = 1;
export const SUMMARY = 2;
export const REFUSAL = 3;
export const STATE = 4;

const DELTA_BYTES_MAX = 1 << 16;
const RAW_BYTES_MAX = 40;
// No powers: the engines' Math.pow, sin, exp and the like differ in the last bit.
const SCALES = [1e-30, 1e-7, 1, 1e12, 1e30];
const SPECIAL = [
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1.7976931348623157e308,
  0.1,
  -1 / 3,
  2 ** 53,
];

class DeltaScenario {
  readonly #random: Random;
  readonly #records: RecordWriter;
  readonly #board: PageMemory;
  readonly #copy: PageMemory;
  readonly #source: DeltaSource;
  readonly #sink: DeltaSink;
  readonly #message = new Uint8Array(DELTA_BYTES_MAX);
  readonly #raw = new Uint8Array(RAW_BYTES_MAX);
  #length = 0;
  #sequence = 0;
  #base = 0;

  constructor(seed: number, sizeBytes: number, codecs: Codecs, emit: Emit) {
    this.#random = new Random(seed);
    this.#records = new RecordWriter(emit);
    this.#board = new PageMemory({ sizeBytes, maskCount: 6, copyCount: 1 });
    this.#copy = new PageMemory({ sizeBytes });
    this.#source = new DeltaSource(this.#board, [codecs.encoder]);
    this.#sink = new DeltaSink(new StagedTarget(this.#copy, new PagePool(this.#copy.pageCount)), codecs.decoders);
  }

  run(commitCount: number): void {
    for (let index = 0; index < commitCount; index++) {
      const stores = this.#random.below(30);
      for (let store = 0; store < stores; store++) this.#store();
      this.#commit();
    }
    this.#records.put(STATE, this.#copy.bytes, 0, this.#copy.sizeBytes);
  }

  #store(): void {
    const random = this.#random;
    const memory = this.#board;
    const last = memory.sizeBytes - 8;
    const offset = random.below(last);
    const kind = random.below(9);
    if (kind === 0) memory.setU8(offset, random.u32());
    else if (kind === 1) memory.setI16(offset & ~1, random.u32());
    else if (kind === 2) memory.setU32(offset & ~3, random.u32());
    else if (kind === 3) memory.setI32(offset & ~3, -random.below(1000));
    else if (kind === 4) memory.setF32(offset & ~3, this.#number());
    else if (kind === 5) memory.setF64(offset & ~7, this.#number());
    else if (kind === 6) memory.markRangeDirty(offset, random.below(9));
    else this.#writeRaw(offset);
  }

  #number(): number {
    const random = this.#random;
    return random.chance(0.3) ? SPECIAL[random.below(SPECIAL.length)]! : random.normal() * SCALES[random.below(SCALES.length)]!;
  }

  #writeRaw(offset: number): void {
    const count = Math.min(this.#random.below(RAW_BYTES_MAX + 1), this.#board.sizeBytes - offset);
    for (let index = 0; index < count; index++) this.#raw[index] = this.#random.u32();
    this.#board.write(offset, this.#raw, 0, count);
  }

  /** One delta in random pieces, with stores in between; then lost, changed on the way (which both ends forget), or taken. */
  #commit(): void {
    const random = this.#random;
    const source = this.#source;
    this.#sequence += 1 + random.below(3);
    if (!source.begin(3, 5, this.#base, this.#sequence)) return;
    this.#length = 0;
    while (!source.finished && !source.aborted) {
      this.#length += source.produce(this.#message, this.#length, 1 + random.below(200));
      if (random.chance(0.05)) this.#store();
    }
    const fate = random.below(10);
    if (source.aborted) {
      this.#summary(source.aborted, 0);
      source.bringBack();
      return;
    }
    this.#records.put(DELTA, this.#message, 0, this.#length);
    if (fate < 2) this.#sendChanged();
    if (fate < 3) source.bringBack();
    else this.#take();
  }

  #take(): void {
    const code = this.#receive();
    this.#summary(false, code);
    if (code !== 0) throw new Error(`a good delta was refused with code ${code}`);
    this.#sink.apply();
    this.#source.acknowledge();
    this.#base = this.#sequence;
  }

  #receive(): number {
    this.#sink.begin(3, 5, this.#base);
    for (let at = 0; at < this.#length; ) {
      const count = Math.min(1 + this.#random.below(100), this.#length - at);
      if (this.#sink.consume(this.#message, at, count) !== 0) break;
      at += count;
    }
    return this.#sink.finish();
  }

  /** The same message with one byte changed, or cut, is refused for the same reason everywhere, or says the same as before. */
  #sendChanged(): void {
    const at = this.#random.below(this.#length);
    const flip = 1 + this.#random.below(255);
    const whole = this.#length;
    if (this.#random.chance(0.2)) this.#length = at;
    this.#message[at]! ^= flip;
    const code = this.#receive();
    const isSame = this.#sink.sequence === this.#source.sequence && this.#sink.digest === this.#source.digest;
    this.#message[at]! ^= flip;
    this.#length = whole;
    this.#sink.drop();
    this.#records.putNumbers(REFUSAL, [code]);
    if (code === 0 && !isSame) throw new Error(`a delta changed at byte ${at} was taken for another`);
  }

  #summary(aborted: boolean, code: number): void {
    const { digest } = this.#board;
    this.#records.putNumbers(SUMMARY, [this.#sequence, Number(aborted), code, digest, this.#sink.digest, this.#board.dirtyPageCount]);
  }
}

/** Gives the scenario of `seed` to `emit`, piece by piece. */
export function runDeltaScenario(seed: number, sizeBytes: number, commitCount: number, codecs: Codecs, emit: Emit): void {
  new DeltaScenario(seed, sizeBytes, codecs, emit).run(commitCount);
}
