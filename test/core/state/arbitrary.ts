import fc from 'fast-check';
import {
  array,
  bool,
  bytes,
  counter,
  f32,
  f64,
  i8,
  i16,
  i32,
  map,
  ring,
  type Schema,
  text,
  u8,
  u16,
  u32,
} from '../../../src/state/index.js';
import type { ElementRecord, ElementType, FieldType, KeyType, ValueType } from '../../../src/state/types.js';

const name = fc
  .tuple(fc.constantFrom(...'abcxyzABCXYZ'), fc.string({ unit: fc.constantFrom(...'abz_09Q'), maxLength: 6 }))
  .map(([first, rest]) => first + rest);

const capacity = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(255, 256, 257));

const integer = fc.constantFrom(u8, u16, u32, i8, i16, i32, counter);
const textType = capacity.map(text);
const value: fc.Arbitrary<ValueType> = fc.oneof(integer, fc.constantFrom(f32, f64, bool), textType);
const key: fc.Arbitrary<KeyType> = fc.oneof(integer, textType);

function record<T>(type: fc.Arbitrary<T>, maxKeys: number): fc.Arbitrary<{ [name: string]: T }> {
  return fc
    .uniqueArray(fc.tuple(name, type), { minLength: 1, maxLength: maxKeys, selector: (entry) => entry[0] })
    .map((entries) => Object.fromEntries(entries));
}

const { elementRecord } = fc.letrec<{ elementRecord: ElementRecord; part: ElementRecord[string] }>((tie) => ({
  elementRecord: record(tie('part') as fc.Arbitrary<ElementRecord[string]>, 4),
  part: fc.oneof({ maxDepth: 2, withCrossShrink: true }, value, capacity.map(bytes), tie('elementRecord')),
}));

const element: fc.Arbitrary<ElementType> = fc.oneof(value, elementRecord);

const { schema } = fc.letrec<{ schema: Schema; field: FieldType }>((tie) => ({
  schema: record(tie('field') as fc.Arbitrary<FieldType>, 8),
  field: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    value,
    capacity.map(bytes),
    fc.tuple(capacity, element).map(([count, type]) => array(count, type)),
    fc.tuple(capacity, element).map(([count, type]) => ring(count, type)),
    fc.tuple(capacity, key, element).map(([count, keyType, type]) => map(count, keyType, type)),
    tie('schema'),
  ),
}));

/** Schemas over every type, with capacities on both sides of each change of index width. */
export const anySchema: fc.Arbitrary<Schema> = schema;

/** Strings with lone surrogates, joined halves, controls and characters of every UTF-8 length. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0x80, max: 0x7ff }),
      fc.integer({ min: 0x800, max: 0xffff }),
      fc.integer({ min: 0xd800, max: 0xdfff }),
      fc.integer({ min: 0x10000, max: 0x10ffff }),
    ),
    { maxLength: 12 },
  )
  .map((codes) => codes.map((code) => String.fromCodePoint(code)).join(''));

/** UTF-8 by the book, from code points: the reference for the encoder. */
export function referenceUtf8(source: string): number[] {
  const units: number[] = [];
  for (const character of source) {
    const code = character.codePointAt(0)!;
    if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
  }
  const out: number[] = [];
  for (let index = 0; index < units.length; index++) {
    let code = units[index]!;
    const low = units[index + 1] ?? 0;
    if (code >= 0xd800 && code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
      index++;
    } else if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 + Math.floor(code / 64), 0x80 + (code % 64));
    else if (code < 0x10000) out.push(0xe0 + Math.floor(code / 4096), 0x80 + (Math.floor(code / 64) % 64), 0x80 + (code % 64));
    else {
      const tail = [0x80 + (Math.floor(code / 4096) % 64), 0x80 + (Math.floor(code / 64) % 64), 0x80 + (code % 64)];
      out.push(0xf0 + Math.floor(code / 262144), ...tail);
    }
  }
  return out;
}

/** Bytes of the 4-byte granules in which two states differ. */
export function changedGranuleBytes(before: Uint8Array, after: Uint8Array): number {
  let granules = 0;
  for (let start = 0; start < before.length; start += 4) {
    for (let at = start; at < Math.min(start + 4, before.length); at++) {
      if (before[at] !== after[at]) {
        granules++;
        break;
      }
    }
  }
  return granules * 4;
}
