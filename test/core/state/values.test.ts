import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { bool, bytes, counter, createState, defineState, f32, f64, i8, i16, i32, text, u8, u16, u32 } from '../../../src/state/index.js';
import { anyText, referenceUtf8 } from './arbitrary.js';

const schema = { a: u8, b: u16, c: u32, d: i8, e: i16, f: i32, g: f32, h: f64, on: bool, total: counter, label: text(12), raw: bytes(6) };
type IntegerName = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'total';

const RANGES: readonly (readonly [IntegerName, number, number])[] = [
  ['a', 0, 255],
  ['b', 0, 65535],
  ['c', 0, 4294967295],
  ['d', -128, 127],
  ['e', -32768, 32767],
  ['f', -2147483648, 2147483647],
  ['total', 0, Number.MAX_SAFE_INTEGER],
];

function fresh() {
  const definition = defineState(schema);
  const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
  return { memory, state: definition.create(memory), snapshot: () => memory.bytes.slice(0, definition.sizeBytes) };
}

describe('values', () => {
  it('integers and counters hold their range and refuse all else unchanged', () => {
    const { state, snapshot } = fresh();
    for (const [name, lowest, largest] of RANGES) {
      for (const value of [lowest, largest, 0, 1, Math.floor(largest / 3)]) {
        state[name] = value;
        expect(state[name]).toBe(value);
      }
      const before = snapshot();
      const refused = [lowest - 1, largest + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -largest - 2];
      for (const value of refused) {
        expect(() => {
          state[name] = value;
        }).toThrow(RangeError);
      }
      for (const value of ['1', true, null, undefined, {}]) {
        expect(() => {
          state[name] = value as never;
        }).toThrow(TypeError);
      }
      expect(snapshot()).toEqual(before);
    }
    expect(() => {
      state.a = 300;
    }).toThrow('a: 300 is outside u8 (0 to 255)');
  });

  it('integers of the whole range come back', () => {
    const { state } = fresh();
    const one = fc
      .constantFrom(...RANGES)
      .chain(([name, lowest, largest]) => fc.tuple(fc.constant(name), fc.maxSafeInteger(), fc.constant(lowest), fc.constant(largest)));
    fc.assert(
      fc.property(one, ([name, seed, lowest, largest]) => {
        const value = lowest + (Math.abs(seed) % (largest - lowest + (largest === Number.MAX_SAFE_INTEGER ? 0 : 1)));
        state[name] = value;
        expect(state[name]).toBe(value);
      }),
    );
  });

  it('a counter refuses to pass 2^53-1', () => {
    const { state } = fresh();
    state.total = Number.MAX_SAFE_INTEGER;
    expect(() => {
      state.total += 1;
    }).toThrow(RangeError);
    expect(state.total).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('floats round as the format does; a number too large for f32 is refused, infinity is not', () => {
    const { state } = fresh();
    fc.assert(
      fc.property(fc.double(), (value) => {
        state.h = value;
        expect(state.h).toBe(value);
        const rounded = Math.fround(value);
        if (Number.isFinite(value) && !Number.isFinite(rounded)) {
          expect(() => {
            state.g = value;
          }).toThrow(RangeError);
        } else {
          state.g = value;
          expect(state.g).toBe(rounded);
        }
      }),
    );
    state.g = Number.POSITIVE_INFINITY;
    expect(state.g).toBe(Number.POSITIVE_INFINITY);
    state.g = 3.4028235677973362e38;
    expect(state.g).toBe(3.4028234663852886e38);
    expect(() => {
      state.g = 3.4028235677973366e38;
    }).toThrow(RangeError);
  });

  it('equality is of stored bits: the same value twice marks nothing', () => {
    const { memory, state } = fresh();
    const write = () => {
      state.g = 0.1;
      state.h = Number.NaN;
      state.total = 2 ** 40;
      state.on = true;
      state.label = 'warm';
      state.raw.write(Uint8Array.of(1, 2, 3));
    };
    write();
    expect(memory.capture()).toBe(true);
    while (memory.runs.next()) expect(memory.runs.length).toBeGreaterThan(0);
    memory.release();
    write();
    expect(memory.dirtyPageCount).toBe(0);
  });

  it('text comes back as its UTF-8; what does not fit is refused unchanged', () => {
    const { state, snapshot } = fresh();
    fc.assert(
      fc.property(anyText, (value) => {
        const before = snapshot();
        const expected = referenceUtf8(value);
        if (expected.length > 12) {
          expect(() => {
            state.label = value;
          }).toThrow('label: the text needs more than 12 bytes');
          expect(snapshot()).toEqual(before);
        } else {
          state.label = value;
          expect(referenceUtf8(state.label)).toEqual(expected);
        }
      }),
    );
    expect(() => {
      state.label = 5 as never;
    }).toThrow(TypeError);
  });

  it('bytes are copied in and out, whole or one by one', () => {
    const { state, snapshot } = fresh();
    const target = new Uint8Array(8);
    state.raw.write(Uint8Array.of(9, 8, 7, 6), 1);
    expect([state.raw.length, state.raw.capacity, state.raw.read(target, 2)]).toEqual([3, 6, 3]);
    expect(Array.from(target)).toEqual([0, 0, 8, 7, 6, 0, 0, 0]);
    state.raw.set(2, 255);
    expect(state.raw.get(2)).toBe(255);
    const before = snapshot();
    expect(() => state.raw.get(3)).toThrow('raw: index 3 is outside the 3 elements');
    expect(() => state.raw.set(0, 256)).toThrow(RangeError);
    expect(() => state.raw.write(new Uint8Array(7))).toThrow('raw: 7 bytes are more than 6');
    expect(() => state.raw.write(new Uint8Array(4), 2, 3)).toThrow(RangeError);
    expect(() => state.raw.write(new Uint8Array(4), -1, 3)).toThrow(RangeError);
    expect(() => state.raw.read(target, 6)).toThrow(RangeError);
    expect(snapshot()).toEqual(before);
  });

  it('a typo throws, and accessors cannot be replaced', () => {
    const { state } = fresh();
    const loose = state as unknown as { [name: string]: unknown };
    expect(() => {
      loose.lable = 'x';
    }).toThrow(TypeError);
    expect(() => {
      loose.raw = new Uint8Array(3);
    }).toThrow(TypeError);
    expect(() => {
      state.on = 1 as never;
    }).toThrow(TypeError);
  });

  it('refuses a memory that is too small', () => {
    expect(() => createState({ a: counter, b: counter }, new PageMemory({ sizeBytes: 9 }))).toThrow(
      'the state needs 16 bytes, the memory has 9',
    );
  });
});
