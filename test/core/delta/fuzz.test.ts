import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { deltaCodeText, OK } from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { StateRebuilder } from '../../../src/delta/state-rebuilder.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { sameBytes } from '../memory/model.js';
import { readDelta, seal } from './reference.js';

const BASE = { epoch: 5, session: 6, baseSequence: 70 };

function baseMemory(sizeBytes: number): PageMemory {
  const memory = new PageMemory({ sizeBytes });
  memory.load(
    0,
    Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 7) & 0xff),
    0,
    sizeBytes,
  );
  return memory;
}

function messageOf(sizeBytes: number, writes: readonly (readonly [number, readonly number[]])[], distance: number): number[] {
  const memory = baseMemory(sizeBytes);
  for (const [place, bytes] of writes) {
    const offset = place % sizeBytes;
    memory.write(offset, Uint8Array.from(bytes), 0, Math.min(bytes.length, sizeBytes - offset));
  }
  memory.setU8(0, 123);
  const source = new DeltaSource(memory, [new StoredEncoder()]);
  source.begin(BASE.epoch, BASE.session, BASE.baseSequence, BASE.baseSequence + distance);
  const out = new Uint8Array(5000);
  return [...out.slice(0, source.produce(out, 0, 5000))];
}

type Change = readonly [kind: 'flip' | 'set' | 'insert' | 'remove' | 'cut' | 'repeat', place: number, value: number];

function mutate(message: number[], [kind, place, value]: Change): void {
  const at = place % message.length;
  if (kind === 'flip') message[at]! ^= 1 << (value & 7);
  else if (kind === 'set') message[at] = value;
  else if (kind === 'insert') message.splice(at, 0, value);
  else if (kind === 'remove') message.splice(at, 1);
  else if (kind === 'cut') message.length = at;
  else message.push(...message.slice(at));
}

const size = fc.constantFrom(1, 6, 256, 700, 1999);
const writes = fc.array(fc.tuple(fc.nat(2000), fc.array(fc.nat(255), { maxLength: 50 })), { maxLength: 6 });
const changes = fc.array(
  fc.tuple(fc.constantFrom('flip', 'set', 'insert', 'remove', 'cut', 'repeat') as fc.Arbitrary<Change[0]>, fc.nat(), fc.nat(255)),
  { minLength: 1, maxLength: 3 },
);

describe('hostile deltas', () => {
  it('I6: half of them changed inside and sealed again, a sink takes exactly what the format allows, and changes nothing else', () => {
    const counts = { accepted: 0, refused: 0, sealed: 0 };
    fc.assert(
      fc.property(
        size,
        writes,
        fc.constantFrom(1, 7, 8, 1000),
        changes,
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        (sizeBytes, list, distance, edits, isSealed, piece) => {
          const message = messageOf(sizeBytes, list, distance);
          for (const edit of edits) if (message.length > 0) mutate(message, edit);
          const head = baseMemory(sizeBytes);
          const before = head.bytes.slice();
          const reading = readDelta(message, before.slice(0, sizeBytes), BASE.baseSequence);
          if (isSealed && reading !== undefined) {
            seal(message, reading, BASE);
            counts.sealed++;
          }
          const pool = new PagePool(8);
          const sink = new DeltaSink(new StagedTarget(head, pool), [new StoredDecoder()]);
          const bytes = Uint8Array.from(message);
          sink.begin(BASE.epoch, BASE.session, BASE.baseSequence);
          for (let at = 0; at < bytes.length; at += piece) sink.consume(bytes, at, Math.min(piece, bytes.length - at));
          const code = sink.finish();
          expect(sameBytes(before, head.bytes)).toBe(true);
          if (isSealed && reading !== undefined) expect(deltaCodeText(code)).toBe('ok');
          if (code !== OK) {
            counts.refused++;
            expect(pool.freeCount).toBe(8);
            expect(() => sink.apply()).toThrow('not verified');
          } else {
            counts.accepted++;
            expect(reading).toBeDefined();
            expect(sink.sequence).toBe(reading!.sequence);
            sink.apply();
            expect(sameBytes(reading!.state, head.bytes)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
    for (const [what, count] of Object.entries(counts)) if (count < 100) throw new Error(`${what}: only ${count}`);
  });

  it('I6: a store that replays records refuses the same, whole, before a byte changes', () => {
    fc.assert(
      fc.property(size, writes, changes, (sizeBytes, list, edits) => {
        const message = messageOf(sizeBytes, list, 1);
        const record = message.slice(1, -4);
        for (const edit of edits) if (record.length > 0) mutate(record, edit);
        const state = baseMemory(sizeBytes).bytes.slice(0, sizeBytes);
        const before = state.slice();
        const reading = readDelta([0x10, ...record, 0, 0, 0, 0], state, 0);
        const code = new StateRebuilder(state).apply(Uint8Array.from([9, ...record, 9]), 1, record.length);
        expect(code === OK).toBe(reading !== undefined);
        expect(sameBytes(reading?.state ?? before, state)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('I6: random bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const sink = new DeltaSink(new StagedTarget(baseMemory(700), new PagePool(2)), [new StoredDecoder()]);
        sink.begin(1, 2, 3);
        sink.consume(bytes, 0, bytes.length);
        expect(sink.finish()).not.toBe(OK);
      }),
    );
  });
});
