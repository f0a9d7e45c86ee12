import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  ByteMemory,
  bool,
  bytes,
  counter,
  defineState,
  describe as describeBytes,
  f32,
  f64,
  map,
  ring,
  text,
  u8,
  u16,
} from '../../../src/state/index.js';
import { anySchema } from './arbitrary.js';

describe('describe', () => {
  it('shows a state by the names of its fields', () => {
    const definition = defineState(
      {
        on: bool,
        total: counter,
        label: text(8),
        raw: bytes(4),
        place: { x: f32, deep: { y: f64 } },
        list: array(2, u8),
        points: array(2, { x: u8, key: bytes(2), inner: { z: u16 } }),
        last: ring(2, u8),
        log: ring(3, { at: u16 }),
        byName: map(3, text(6), u8),
        byId: map(3, u16, { seen: u16 }),
      },
      64,
    );
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
    const state = definition.create(memory);
    state.on = true;
    state.total = 2 ** 40;
    state.label = 'wärm';
    state.raw.write(Uint8Array.of(1, 255));
    state.place.x = 0.5;
    state.place.deep.y = Number.POSITIVE_INFINITY;
    state.list.set(1, 9);
    state.points.x.set(0, 3);
    state.points.key.write(1, Uint8Array.of(16));
    state.points.inner.z.set(1, 500);
    for (const value of [1, 2, 3]) state.last.push(value);
    state.log.at.set(state.log.push(), 7);
    state.byName.set('one', 1);
    state.byName.set('__proto__'.slice(0, 6), 2);
    state.byId.seen.set(state.byId.add(40), 41);
    const plain = describeBytes(definition.schemaBytes, memory.bytes);
    expect(JSON.parse(JSON.stringify(plain))).toEqual({
      on: true,
      total: 2 ** 40,
      label: 'wärm',
      raw: '01ff',
      place: { x: 0.5, deep: { y: 'Infinity' } },
      list: [0, 9],
      points: [
        { x: 3, key: '', inner: { z: 0 } },
        { x: 0, key: '10', inner: { z: 500 } },
      ],
      last: [2, 3],
      log: [{ at: 7 }],
      byName: { one: 1, __prot: 2 },
      byId: { '40': { seen: 41 } },
    });
  });

  it('I6: describes any bytes of the right length without a crash, and refuses too few', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        const definition = defineState(schema);
        let word = seed >>> 0;
        const state = new Uint8Array(definition.sizeBytes).map(() => {
          word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
          return word >>> 24;
        });
        const plain = describeBytes(definition.schemaBytes, state);
        expect(Object.keys(plain)).toEqual(Object.keys(schema));
        expect(JSON.stringify(plain).length).toBeGreaterThan(0);
        expect(() => describeBytes(definition.schemaBytes, state.slice(1))).toThrow('the state needs');
      }),
      { numRuns: 20 },
    );
  });
});
