import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { array, bool, bytes, counter, defineState, f32, f64, i16, map, ring, text, u8, u32 } from '../../../src/state/index.js';

const definition = defineState({
  total: counter,
  on: bool,
  level: f32,
  mean: f64,
  label: text(20),
  raw: bytes(30),
  list: array(40, i16),
  points: array(10, { x: f64, name: text(5), key: bytes(3) }),
  last: ring(25, u8),
  log: ring(6, { at: u32, value: f32, word: text(3) }),
  byId: map(20, u32, f32),
  byName: map(9, text(6), { seen: counter, on: bool }),
});

type State = ReturnType<typeof definition.create>;

/** Everything that an accessor can do, each step with a small number to work from. */
const OPERATIONS: readonly ((state: State, n: number) => void)[] = [
  (state, n) => {
    state.total = n * 2 ** 31;
    state.on = n % 2 === 0;
    state.level = n / 7;
    state.mean = n / 3;
  },
  (state, n) => {
    state.label = 'é'.repeat(n % 11);
  },
  (state, n) => state.raw.write(new Uint8Array(n % 31).fill(n)),
  (state, n) => state.list.set(n % 40, n),
  (state, n) => {
    state.points.x.set(n % 10, n);
    state.points.name.set(n % 10, `${n % 1000}`);
    state.points.key.write(n % 10, Uint8Array.of(n, n));
  },
  (state, n) => state.last.push(n & 255),
  (state, n) => {
    const index = state.log.push();
    state.log.at.set(index, n);
    state.log.word.set(0, `${n % 100}`);
  },
  (state, n) => void state.byId.set(n % 30, n),
  (state, n) => void state.byId.delete(n % 30),
  (state, n) => {
    const index = state.byName.add(`k${n % 12}`);
    if (index >= 0) state.byName.seen.set(index, n);
  },
  (state, n) => void state.byName.delete(`k${n % 12}`),
  (state, n) => {
    if (n % 5 === 0) state.byName.clear();
    if (n % 7 === 0) state.log.clear();
  },
];

describe('marks', () => {
  it('I3: whatever an accessor changes is marked, and what is marked was written to', () => {
    const step = fc.tuple(fc.nat(OPERATIONS.length - 1), fc.nat(999));
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 8 }), (turns) => {
        const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
        const state = definition.create(memory);
        const copy = new Uint8Array(memory.pageCount * 256);
        for (const turn of turns) {
          for (const [operation, n] of turn) OPERATIONS[operation]!(state, n);
          if (!memory.capture()) continue;
          const { runs } = memory;
          while (runs.next()) for (let at = 0; at < runs.length; at++) copy[runs.offset + at] = memory.bytes[runs.at + at]!;
          memory.release();
          expect(copy).toEqual(memory.bytes.slice(0, copy.length));
        }
        expect(memory.dirtyPageCount).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('I7: a change of one field marks its granules and no other', () => {
    const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
    const state = definition.create(memory);
    const marked = (write: () => void) => {
      write();
      let bytesMarked = 0;
      if (!memory.capture()) return 0;
      while (memory.runs.next()) bytesMarked += memory.runs.length;
      memory.release();
      return bytesMarked;
    };
    expect(marked(() => (state.on = true))).toBe(4);
    expect(marked(() => (state.on = true))).toBe(0);
    expect(marked(() => (state.total = 5))).toBe(4);
    expect(marked(() => (state.total = 2 ** 40))).toBe(8);
    expect(marked(() => (state.level = 0.1))).toBe(4);
    expect(marked(() => (state.level = 0.1))).toBe(0);
    expect(marked(() => state.list.set(3, 7))).toBe(4);
    expect(marked(() => state.last.push(9))).toBe(8);
    expect(marked(() => void state.byId.set(1, 2))).toBeLessThanOrEqual(12 + 8);
  });
});
