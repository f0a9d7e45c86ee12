import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteMemory, counter, defineState, f32, i8, i32, map, text, u8, u16, u32 } from '../../../src/state/index.js';
import { anyText, changedGranuleBytes, referenceUtf8 } from './arbitrary.js';

const normal = (key: string) => String.fromCharCode(...referenceUtf8(key));

/** Steps over a small set of keys, so that hits, removals and full maps are common. */
function steps<K>(key: fc.Arbitrary<K>) {
  return fc.array(
    fc.record({
      op: fc.oneof(
        { weight: 5, arbitrary: fc.constant('set') },
        { weight: 4, arbitrary: fc.constant('delete') },
        { weight: 1, arbitrary: fc.constantFrom('get', 'clear') },
      ),
      key,
      value: fc.nat(0xffff),
    }),
    { maxLength: 60 },
  );
}

const textKey = fc.oneof(fc.constantFrom('', 'a', 'b', 'é', '😀', '\ud800', '\ufffd', 'ab', 'abc', 'longer key'), anyText);

describe('maps', () => {
  it('with integer keys behave as Map, up to their capacity', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps(fc.integer({ min: -3, max: 6 })), (capacity, list) => {
        const definition = defineState({ before: u32, table: map(capacity, i32, u16), after: u32 });
        const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
        const state = definition.create(memory);
        const model = new Map<number, number>();
        for (const { op, key, value } of list) {
          const before = memory.bytes.slice();
          if (op === 'set') {
            const fits = model.has(key) || model.size < capacity;
            expect(state.table.set(key, value)).toBe(fits);
            if (fits) model.set(key, value);
          } else if (op === 'delete') expect(state.table.delete(key)).toBe(model.delete(key));
          else if (op === 'clear') {
            state.table.clear();
            model.clear();
          }
          expect(changedGranuleBytes(before, memory.bytes)).toBeLessThanOrEqual(8 + 4 + 3 * 4);
          expect([state.table.get(key), state.table.has(key), state.table.length]).toEqual([model.get(key), model.has(key), model.size]);
          for (const [known, content] of model) if (state.table.get(known) !== content) throw new Error(`${known} is lost`);
        }
        const entries: [number, number][] = [];
        for (let index = 0; index < state.table.length; index++) entries.push([state.table.keyAt(index), state.table.valueAt(index)]);
        const byKey = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0];
        expect(entries.sort(byKey)).toEqual([...model].sort(byKey));
        expect([state.before, state.after]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('with text keys behave as Map over the keys’ UTF-8', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps(textKey), (capacity, list) => {
        const definition = defineState({ table: map(capacity, text(4), text(8)), after: u32 });
        const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
        const state = definition.create(memory);
        const model = new Map<string, string>();
        for (const { op, key, value } of list) {
          const id = normal(key);
          const fits = id.length <= 4;
          if (op === 'set' && !fits) expect(() => state.table.set(key, 'x')).toThrow('does not fit its type');
          else if (op === 'set') {
            const accepted = model.has(id) || model.size < capacity;
            expect(state.table.set(key, `${value}`)).toBe(accepted);
            if (accepted) model.set(id, `${value}`);
          } else if (op === 'delete') expect(state.table.delete(key)).toBe(model.delete(id));
          else if (op === 'clear') {
            state.table.clear();
            model.clear();
          }
          expect([state.table.get(key), state.table.length]).toEqual([model.get(id), model.size]);
          for (let index = 0; index < state.table.length; index++) {
            const known = state.table.keyAt(index);
            expect(state.table.get(known)).toBe(model.get(normal(known)));
          }
        }
        const keys: string[] = [];
        for (let index = 0; index < state.table.length; index++) keys.push(normal(state.table.keyAt(index)));
        expect(keys.sort()).toEqual([...model.keys()].sort());
        expect(state.after).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('of records hand out indices for the columns; a new record is zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps(fc.nat(8)), (capacity, list) => {
        const definition = defineState({ devices: map(capacity, u8, { seen: counter, place: { x: f32 }, name: text(9) }) });
        const state = definition.create(new ByteMemory(new Uint8Array(definition.sizeBytes).fill(0)));
        const model = new Map<number, number>();
        for (const { op, key, value } of list) {
          if (op === 'set') {
            const at = state.devices.add(key);
            expect(at >= 0).toBe(model.has(key) || model.size < capacity);
            if (at < 0) continue;
            expect([state.devices.seen.get(at), state.devices.place.x.get(at)]).toEqual([model.get(key) ?? 0, model.get(key) ?? 0]);
            state.devices.seen.set(at, value);
            state.devices.place.x.set(at, value);
            state.devices.name.set(at, `n${value}`);
            model.set(key, value);
          } else if (op === 'delete') expect(state.devices.delete(key)).toBe(model.delete(key));
          const at = state.devices.find(key);
          expect(at >= 0).toBe(model.has(key));
          if (at >= 0) expect([state.devices.keyAt(at), state.devices.name.get(at)]).toEqual([key, `n${model.get(key)}`]);
        }
      }),
    );
  });

  it('a removed entry whose chain goes on to the last one loses neither', () => {
    const definition = defineState({ table: map(3, u32, u8) });
    // Of these pairs a quarter share a bucket: then the second, moved to index 0, links to the first, which is the last entry.
    for (let first = 1; first < 20; first++) {
      for (let second = first + 1; second < 20; second++) {
        const { table } = definition.create(new ByteMemory(new Uint8Array(definition.sizeBytes)));
        for (const key of [0, first, second]) table.set(key, key);
        for (const key of [0, second]) expect(table.delete(key)).toBe(true);
        expect([table.length, table.get(first), table.keyAt(0)]).toEqual([1, first, first]);
      }
    }
  });

  it('order of iteration is part of the state: a copy of the bytes iterates alike', () => {
    const definition = defineState({ table: map(20, u32, u8) });
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
    const state = definition.create(memory);
    for (let key = 0; key < 20; key++) state.table.set(key * 7919, key);
    for (let key = 0; key < 20; key += 3) state.table.delete(key * 7919);
    const copy = definition.create(new ByteMemory(memory.bytes.slice()));
    const keys = (of: typeof state) => Array.from({ length: of.table.length }, (_, index) => of.table.keyAt(index));
    expect(keys(copy)).toEqual(keys(state));
    expect(new Set(keys(state)).size).toBe(13);
  });

  it('I7: an operation on a large map dirties no more than on a small one, after any churn', () => {
    const definition = defineState({ table: map(1000, text(12), u32) });
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
    const state = definition.create(memory);
    for (let key = 0; key < 1000; key++) expect(state.table.set(`key ${key}`, key)).toBe(true);
    expect(state.table.set('one more', 1)).toBe(false);
    let largest = 0;
    for (let round = 0; round < 60; round++) {
      const before = memory.bytes.slice();
      if (round % 2 === 0) state.table.delete(`key ${round * 16}`);
      else state.table.set(`new ${round}`, round);
      largest = Math.max(largest, changedGranuleBytes(before, memory.bytes));
    }
    expect(largest).toBeLessThanOrEqual(20 + 3 * 4);
    for (let key = 0; key < 1000; key++) state.table.get(`key ${key}`);
    expect(state.table.get('key 999')).toBe(999);
  });

  it('keys at the limits of every integer type', () => {
    const definition = defineState({ small: map(4, i8, u8), large: map(4, counter, u8) });
    const state = definition.create(new ByteMemory(new Uint8Array(definition.sizeBytes)));
    for (const key of [-128, 127, 0, -1]) expect(state.small.set(key, 1)).toBe(true);
    for (const key of [0, Number.MAX_SAFE_INTEGER, 2 ** 32, 1]) expect(state.large.set(key, 2)).toBe(true);
    expect([state.small.has(-128), state.large.get(Number.MAX_SAFE_INTEGER), state.large.get(2 ** 32)]).toEqual([true, 2, 2]);
    expect([state.small.has(128), state.small.get(0.5), state.large.delete(-1)]).toEqual([false, undefined, false]);
    expect(() => state.small.set(128, 1)).toThrow('small: the key 128 does not fit its type');
    expect(() => state.small.has('1' as never)).toThrow(TypeError);
  });

  it('a refused value leaves the map as it was', () => {
    const definition = defineState({ table: map(3, u8, u8) });
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
    const state = definition.create(memory);
    state.table.set(1, 1);
    const before = memory.bytes.slice();
    expect(() => state.table.set(2, 256)).toThrow(RangeError);
    expect(memory.bytes).toEqual(before);
  });

  it('damaged links never hang and never leave the map', () => {
    const definition = defineState({ before: u32, table: map(7, u8, u8), after: u32 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: definition.sizeBytes, maxLength: definition.sizeBytes }), fc.nat(255), (bytes, key) => {
        const state = definition.create(new ByteMemory(bytes));
        const { before, after } = state;
        state.table.get(key);
        try {
          state.table.delete(key);
        } catch (error) {
          expect(String(error)).toContain("the map's links are damaged");
        }
        state.table.set(key, 1);
        expect([state.before, state.after]).toEqual([before, after]);
      }),
    );
  });
});
