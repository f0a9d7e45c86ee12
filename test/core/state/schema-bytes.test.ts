import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../src/state/fingerprint.js';
import { decodeSchema, defineState, f32, ring, text, u8, u32 } from '../../../src/state/index.js';
import { anySchema } from './arbitrary.js';

const ascii = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0));
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

describe('fingerprint', () => {
  it('is FNV-1a of 64 bits, by its published vectors', () => {
    const value = (source: string) => hex(fingerprintOf(ascii(source)).reverse());
    expect(value('')).toBe('cbf29ce484222325');
    expect(value('a')).toBe('af63dc4c8601ec8c');
    expect(value('foobar')).toBe('85944171f73967e8');
  });

  it('changes with a name, a type, a capacity, an offset, and with nothing else', () => {
    const of = (definition: { fingerprint: Uint8Array }) => hex(definition.fingerprint);
    const base = of(defineState({ a: u8, b: ring(4, f32) }));
    expect(of(defineState({ a: u8, b: ring(4, f32) }))).toBe(base);
    expect(of(defineState({ c: u8, b: ring(4, f32) }))).not.toBe(base);
    expect(of(defineState({ a: u32, b: ring(4, f32) }))).not.toBe(base);
    expect(of(defineState({ a: u8, b: ring(5, f32) }))).not.toBe(base);
    expect(of(defineState({ a: u8, b: ring(4, f32) }, 8))).not.toBe(base);
  });
});

describe('schema bytes', () => {
  it('keep the form that SPEC.md gives', () => {
    expect(hex(defineState({ n: u32, t: text(300) }, 64).schemaBytes)).toBe(`014000b402${'02'}${'016e0003'}${'01740410ac02'}`);
  });

  it('come back as the schema they were made of', () => {
    fc.assert(
      fc.property(anySchema, fc.constantFrom(0, 64), fc.uint8Array({ maxLength: 5 }), (schema, baseOffset, preamble) => {
        const definition = defineState(schema, baseOffset, preamble);
        const decoded = decodeSchema(definition.schemaBytes);
        expect([decoded.baseOffset, decoded.preamble]).toEqual([baseOffset, preamble]);
        const again = defineState(decoded.schema, decoded.baseOffset, decoded.preamble);
        expect(again.schemaBytes).toEqual(definition.schemaBytes);
        expect(again.layout).toEqual(definition.layout);
      }),
      { numRuns: 60 },
    );
  });

  it('I6: mutated inside they are refused with a RangeError or TypeError, or are the canonical bytes of another schema', () => {
    const mutation = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'swap'), value: fc.nat(255) });
    fc.assert(
      fc.property(anySchema, fc.array(mutation, { minLength: 1, maxLength: 3 }), (schema, mutations) => {
        let list = Array.from(defineState(schema).schemaBytes);
        for (const { at, kind, value } of mutations) {
          const index = list.length === 0 ? 0 : at % list.length;
          if (kind === 'set') list[index] = value;
          else if (kind === 'insert') list.splice(index, 0, value);
          else if (kind === 'remove') list.splice(index, 1);
          else if (kind === 'cut') list = list.slice(0, index);
          else [list[index], list[list.length - 1]] = [list[list.length - 1]!, list[index]!];
        }
        onlyCanonical(Uint8Array.from(list));
      }),
      { numRuns: 300 },
    );
  });

  it('I6: random bytes behind a valid start are refused in bounded work', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(24), fc.nat(255)), { maxLength: 200 }), (tail) =>
        onlyCanonical(Uint8Array.from([1, 0, 0, ...tail])),
      ),
      { numRuns: 300 },
    );
  });

  it('I6: refuses depth, counts, lengths, sizes, other formats and repeated names', () => {
    const refused = (bytes: readonly number[], message: RegExp) => expect(() => decodeSchema(Uint8Array.from(bytes))).toThrow(message);
    const nested = [1, 0, 0, 1];
    for (let depth = 0; depth < 40; depth++) nested.push(1, 1, 0x61, 0, 18);
    refused([], /a sudden end at byte 0/);
    refused([2, 0, 0, 1], /an unknown format/);
    refused(nested, /more than 8 nested records/);
    refused([1, 0, 5, 1], /a sudden end/);
    refused([1, 0, 0x81, 0x08], /1025 where at most 1024/);
    refused([1, 0, 0, 1, 0xff, 0xff, 0x7f], /2097151 where at most 4096/);
    refused([1, 0, 0, 1, 1, 0], /a name of 0 bytes/);
    refused([1, 0, 0, 1, 1, 33], /a name of 33 bytes/);
    refused([1, 0, 0, 1, 1, 1, 0x5f, 0, 1], /a name is a letter/);
    refused([1, 0, 0, 1, 1, 1, 0x61, 0, 99], /an unknown type 99/);
    refused([1, 0, 0, 2, 2, 1, 0x61, 0, 1, 1, 0x61, 1, 1], /a second field 'a'/);
    refused([1, 0, 0, 1, 1, 1, 0x61, 1, 1], /not the canonical form at byte 7/);
    refused([1, 0, 0, 2, 1, 1, 0x61, 0, 1], /size 2 where the fields need 1/);
    refused([1, 0, 0, 1, 1, 1, 0x61, 0, 1, 0], /bytes after the end/);
    refused([1, 4, 0, 1, 1, 1, 0x61, 0, 1], /a base offset of 4/);
    refused([1, 0x80, 0, 0, 1, 1, 1, 0x61, 0, 1], /not the canonical form/);
    refused([1, 0, 0, 1, 1, 1, 0x61, 0, 19, 0xff, 0xff, 0xff, 0x07, 8], /more than the 16777216/);
    refused([1, 0, 0, 1, 1, 1, 0x61, 0, 19, 2, 19, 2, 1], /a container in a container/);
  });
});

function onlyCanonical(bytes: Uint8Array): void {
  try {
    const { schema, baseOffset, preamble } = decodeSchema(bytes);
    expect(defineState(schema, baseOffset, preamble).schemaBytes).toEqual(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    expect(error.message.length).toBeGreaterThan(10);
  }
}
