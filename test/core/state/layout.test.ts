import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  bytes,
  counter,
  defineState,
  f32,
  f64,
  map,
  ring,
  type Schema,
  text,
  u8,
  u16,
  u32,
} from '../../../src/state/index.js';
import type { TypeLayout } from '../../../src/state/layout.js';
import { anySchema } from './arbitrary.js';

/** Every byte range that holds something, leaf by leaf, with the alignment it wants. */
function leaves(layout: TypeLayout, offset: number, out: { from: number; to: number; alignBytes: number }[]): void {
  const leaf = (at: number, sizeBytes: number, alignBytes: number) => out.push({ from: at, to: at + sizeBytes, alignBytes });
  switch (layout.kind) {
    case 'record':
      for (const field of layout.fields) leaves(field.layout, offset + field.offset, out);
      return;
    case 'text':
    case 'bytes':
      leaf(offset, layout.capacityBytes + layout.alignBytes, layout.alignBytes);
      return;
    case 'array':
    case 'ring':
      for (let index = 0; index < layout.capacity; index++) leaves(layout.element, offset + index * layout.element.sizeBytes, out);
      if (layout.kind === 'ring') {
        leaf(offset + layout.nextOffset, layout.indexBytes, layout.indexBytes);
        leaf(offset + layout.lengthOffset, layout.indexBytes, layout.indexBytes);
      }
      return;
    case 'map':
      for (let index = 0; index < layout.capacity; index++) {
        const entry = offset + index * layout.entryBytes;
        leaf(entry + layout.linkOffset, layout.indexBytes, layout.indexBytes);
        leaves(layout.key, entry + layout.keyOffset, out);
        leaves(layout.value, entry + layout.valueOffset, out);
      }
      for (let index = 0; index < layout.bucketCount; index++) {
        leaf(offset + layout.bucketsOffset + index * layout.indexBytes, layout.indexBytes, layout.indexBytes);
      }
      leaf(offset + layout.lengthOffset, layout.indexBytes, layout.indexBytes);
      return;
    default:
      leaf(offset, layout.sizeBytes, layout.sizeBytes);
  }
}

describe('layout', () => {
  it('nothing overlaps, everything is aligned and inside the state', () => {
    fc.assert(
      fc.property(anySchema, fc.constantFrom(0, 8, 64), (schema, baseOffset) => {
        const definition = defineState(schema, baseOffset);
        const all: { from: number; to: number; alignBytes: number }[] = [];
        leaves(definition.layout, baseOffset, all);
        all.sort((a, b) => a.from - b.from);
        let end: number = baseOffset;
        for (const { from, to, alignBytes } of all) {
          if (from < end || from % alignBytes !== 0) throw new Error(`${from}..${to} aligned to ${alignBytes} after ${end}`);
          end = to;
        }
        expect(end).toBeLessThanOrEqual(definition.sizeBytes);
      }),
      { numRuns: 60 },
    );
  });

  it('sorts by alignment, so that a record of scalars has no hole', () => {
    const { layout } = defineState({ on: bool, total: counter, level: u8, mean: f64, port: u16, rate: f32 });
    expect(layout.sizeBytes).toBe(24);
    expect(layout.fields.map((field) => [field.name, field.offset])).toEqual([
      ['on', 22],
      ['total', 0],
      ['level', 23],
      ['mean', 8],
      ['port', 20],
      ['rate', 16],
    ]);
  });

  it('keeps the layouts that SPEC.md gives', () => {
    const sizeOf = (schema: Schema) => defineState(schema).sizeBytes;
    expect(sizeOf({ a: text(15) })).toBe(16);
    expect(sizeOf({ a: text(256) })).toBe(258);
    expect(sizeOf({ a: bytes(255) })).toBe(256);
    expect(sizeOf({ a: array(3, { x: u8, y: u32 }) })).toBe(24);
    expect(sizeOf({ a: ring(4, f32) })).toBe(20);
    expect(sizeOf({ a: ring(300, u8) })).toBe(304);
    expect(sizeOf({ a: map(5, u16, u8) })).toBe(5 * 4 + 8 + 1 + 1);
    expect(sizeOf({ a: map(4, text(7), f32) })).toBe(4 * 16 + 4 + 1 + 3);
  });

  it('refuses what breaks a rule, and names the field', () => {
    const refused = (schema: object, message: RegExp) => expect(() => defineState(schema as Schema)).toThrow(message);
    refused({}, /schema: a record has at least one field/);
    refused({ a: { b: {} } }, /a\.b: a record has at least one field/);
    refused({ '1': u8 }, /'1': a name is a letter/);
    refused({ naïve: u8 }, /a name is a letter/);
    refused({ ['n'.repeat(33)]: u8 }, /at most 32 characters/);
    refused({ constructor: u8 }, /'constructor': the name belongs to every object/);
    refused({ list: array(3, { length: u8 }) }, /'list\.length': the name belongs to the array, ring or map/);
    refused({ list: array(0, u8) }, /'list': a capacity is an integer from 1/);
    refused({ list: array(1.5, u8) }, /'list': a capacity is an integer from 1/);
    refused({ label: text(65536) }, /'label': a capacity is an integer from 1 to 65535/);
    refused({ list: array(2, array(2, u8) as never) }, /'list': an element is a scalar, a text or a record/);
    refused({ list: array(2, { inner: ring(2, u8) as never }) }, /'list\.inner': an element is/);
    refused({ list: array(2, bytes(2) as never) }, /'list': an element is/);
    refused({ table: map(2, f32 as never, u8) }, /'table': a map's key is an integer or a text, not f32/);
    refused({ big: array(0xffffff, f64) }, /big: \d+ bytes are more than/);
    refused({ a: 5 }, /'a': not a type/);
    refused({ a: null }, /'a': not a type/);
  });

  it('nests records to the bound and no further', () => {
    const nested = (depth: number): Schema => (depth === 0 ? { leaf: u8 } : { inner: nested(depth - 1) });
    expect(defineState(nested(8)).sizeBytes).toBe(1);
    expect(() => defineState(nested(9))).toThrow(/nested at most 8 deep/);
    expect(defineState({ of: array(2, { length1: { length: u8 } }) }).sizeBytes).toBe(2);
    expect(() => defineState({ x: u32 }, 4)).toThrow(/multiple of 8/);
  });
});
