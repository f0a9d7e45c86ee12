import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveEncoder } from '../../../src/codec/adaptive-encoder.js';
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../../../src/codec/noting-decoder.js';
import { OK } from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const SIZE_BYTES = 2048;
const MESSAGE_BYTES_MAX = 4096;

/** What happens to one delta: it arrives, it is changed in one bit, it is cut, or the board's agent writes while it streams. */
type Fate = { readonly kind: 'arrives' | 'changed' | 'cut' | 'overtaken'; readonly place: number };

const fate: fc.Arbitrary<Fate> = fc.record({ kind: fc.constantFrom('arrives', 'arrives', 'changed', 'cut', 'overtaken'), place: fc.nat() });
const write = fc.tuple(fc.nat(SIZE_BYTES / 4 - 1), fc.nat(0xffffffff), fc.integer({ min: 1, max: 30 }));

class Line {
  readonly board = new PageMemory({ sizeBytes: SIZE_BYTES, copyCount: 1 });
  readonly head = new PageMemory({ sizeBytes: SIZE_BYTES, maskCount: 0, copyCount: 0 });
  readonly #source = new DeltaSource(this.board, [new AdaptiveEncoder()]);
  readonly #sink = new DeltaSink(new StagedTarget(this.head, new PagePool(8)), adaptiveDecoders(new ModelledDecoder()));
  #sequence = 0;

  /** A run of words that count up, written into the board. */
  write(address: number, value: number, count: number): void {
    for (let i = 0; i < count && address + i < SIZE_BYTES / 4; i++) this.board.setU32((address + i) * 4, (value + i * 3) >>> 0);
  }

  commit({ kind, place }: Fate): boolean {
    if (!this.#source.begin(1, 1, this.#sequence, this.#sequence + 1)) return true;
    const headBefore = this.head.bytes.slice();
    const message = new Uint8Array(MESSAGE_BYTES_MAX);
    let count = this.#source.produce(message, 0, 1 + (place % 40));
    const captured = this.board.bytes.slice(0, SIZE_BYTES);
    if (kind === 'overtaken') this.write(place % 500, place, 30);
    while (!this.#source.finished && !this.#source.aborted) count += this.#source.produce(message, count, 1 + (place % 70));
    if (kind === 'cut') count = place % count;
    if (kind === 'changed') message[place % count]! ^= 1 << (place % 8);
    this.#sink.begin(1, 1, this.#sequence);
    for (let at = 0; at < count; at += 64) this.#sink.consume(message, at, Math.min(64, count - at));
    const isTaken = this.#sink.finish() === OK && !this.#source.aborted;
    if (!isTaken) {
      this.#sink.drop();
      this.#source.bringBack();
      expect(this.head.bytes).toEqual(headBefore);
      return false;
    }
    this.#sink.apply();
    this.#source.acknowledge();
    this.#sequence++;
    expect(this.head.bytes.slice(0, SIZE_BYTES)).toEqual(captured);
    return true;
  }
}

describe('adaptive codec through deltas', () => {
  it('takes a delta wholly or not at all, and goes on after one that was changed, cut or overtaken by the agent', () => {
    const taken = { arrives: 0, changed: 0, cut: 0, overtaken: 0 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(write, { maxLength: 6 }), fate), { minLength: 1, maxLength: 20 }), (turns) => {
        const line = new Line();
        for (const [writes, fate] of turns) {
          for (const [address, value, count] of writes) line.write(address, value, count);
          if (line.commit(fate)) taken[fate.kind]++;
        }
        expect(line.commit({ kind: 'arrives', place: 7 })).toBe(true);
        expect(line.head.bytes.slice(0, SIZE_BYTES)).toEqual(line.board.bytes.slice(0, SIZE_BYTES));
      }),
      { numRuns: 150 },
    );
    expect(taken.arrives).toBeGreaterThan(20);
    expect(taken.overtaken).toBeGreaterThan(5);
  });
});
