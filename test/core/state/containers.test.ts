import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { array, ByteMemory, bytes, defineState, f32, i16, ring, text, u8, u32 } from '../../../src/state/index.js';
import { changedGranuleBytes } from './arbitrary.js';

describe('arrays', () => {
  it('of values and of records behave as arrays of the same length', () => {
    const definition = defineState({
      plain: array(5, i16),
      names: array(3, text(6)),
      sensors: array(4, { id: u8, value: f32, tag: text(3), place: { x: i16, y: i16 }, key: bytes(4) }),
    });
    const state = definition.create(new ByteMemory(new Uint8Array(definition.sizeBytes)));
    const model = { plain: [0, 0, 0, 0, 0], value: [0, 0, 0, 0], y: [0, 0, 0, 0] };
    const write = fc.tuple(fc.constantFrom('plain', 'value', 'y'), fc.nat(5), fc.integer({ min: -32768, max: 32767 }));
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        for (const [name, index, value] of writes) {
          const column = name === 'plain' ? state.plain : name === 'value' ? state.sensors.value : state.sensors.place.y;
          const list = model[name as keyof typeof model];
          if (index < list.length) {
            column.set(index, value);
            list[index] = value;
          } else expect(() => column.set(index, value)).toThrow(RangeError);
        }
        expect(model.plain.map((_, index) => state.plain.get(index))).toEqual(model.plain);
        expect(model.value.map((_, index) => state.sensors.value.get(index))).toEqual(model.value);
        expect(model.y.map((_, index) => state.sensors.place.y.get(index))).toEqual(model.y);
      }),
    );
    state.names.set(2, 'north');
    state.sensors.tag.set(3, 'abc');
    state.sensors.key.write(1, Uint8Array.of(1, 2));
    const target = new Uint8Array(4);
    expect([state.names.get(2), state.sensors.tag.get(3), state.sensors.key.lengthOf(1), state.sensors.key.read(1, target)]).toEqual([
      'north',
      'abc',
      2,
      2,
    ]);
    expect([state.names.length, state.sensors.length, target[1]]).toEqual([3, 4, 2]);
  });

  it('refuse every index that is none, and say which', () => {
    const definition = defineState({ list: array(3, u32), sensors: array(2, { value: u8 }) });
    const state = definition.create(new ByteMemory(new Uint8Array(definition.sizeBytes)));
    for (const index of [-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, '1' as never, undefined as never]) {
      expect(() => state.list.get(index)).toThrow(RangeError);
      expect(() => state.list.set(index, 1)).toThrow(RangeError);
    }
    expect(() => state.list.get(3)).toThrow('list: index 3 is outside the 3 elements');
    expect(() => state.sensors.value.set(2, 0)).toThrow('sensors: index 2 is outside the 2 elements');
    expect(() => state.sensors.value.set(1, 256)).toThrow('sensors.value: 256 is outside u8');
    expect(() => {
      (state.sensors as unknown as { valeu: number }).valeu = 1;
    }).toThrow(TypeError);
  });
});

describe('rings', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ op: fc.constant('push' as const), value: fc.nat(255), index: fc.nat(6) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('set' as const), value: fc.nat(255), index: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const), value: fc.constant(0), index: fc.constant(0) }) },
  );

  it('behave as an array that forgets its oldest, with bounded dirty bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 40 }), (capacity, steps) => {
        const definition = defineState({
          before: u32,
          values: ring(capacity, u8),
          log: ring(capacity, { at: u32, value: u8 }),
          after: u32,
        });
        const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
        const state = definition.create(memory);
        const model: number[] = [];
        for (const { op, value, index } of steps) {
          const before = memory.bytes.slice();
          if (op === 'push') {
            state.values.push(value);
            const at = state.log.push();
            expect([state.log.at.get(at), state.log.value.get(at)]).toEqual([0, 0]);
            state.log.value.set(at, value);
            model.push(value);
            if (model.length > capacity) model.shift();
          } else if (op === 'clear') {
            state.values.clear();
            state.log.clear();
            model.length = 0;
          } else if (index < model.length) {
            state.values.set(index, value);
            state.log.value.set(index, value);
            model[index] = value;
          } else expect(() => state.values.set(index, value)).toThrow(RangeError);
          expect(changedGranuleBytes(before, memory.bytes)).toBeLessThanOrEqual(4 + 4 + 8 + 4);
          expect([state.values.length, state.log.length, state.values.capacity]).toEqual([model.length, model.length, capacity]);
          expect(model.map((_, place) => state.values.get(place))).toEqual(model);
          expect(model.map((_, place) => state.log.value.get(place))).toEqual(model);
        }
        expect([state.before, state.after]).toEqual([0, 0]);
      }),
    );
  });

  it('a refused value leaves the ring as it was', () => {
    const definition = defineState({ values: ring(3, u8), names: ring(2, text(2)) });
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes));
    const state = definition.create(memory);
    state.values.push(1);
    const before = memory.bytes.slice();
    expect(() => state.values.push(256)).toThrow(RangeError);
    expect(() => state.names.push('long')).toThrow(RangeError);
    expect(memory.bytes).toEqual(before);
  });

  it('damaged indices stay inside the ring', () => {
    const definition = defineState({ values: ring(3, u8), after: u8 });
    const memory = new ByteMemory(new Uint8Array(definition.sizeBytes).fill(0xff));
    const state = definition.create(memory);
    expect(state.values.length).toBe(3);
    for (let index = 0; index < 3; index++) state.values.set(index, index);
    state.values.push(7);
    expect([state.values.get(0), state.values.get(1), state.values.get(2), state.after]).toEqual([1, 2, 7, 255]);
  });
});
