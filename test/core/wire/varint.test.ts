import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/wire/byte-reader.js';
import { putVarint, VARINT_BYTES_MAX, varintBytes } from '../../../src/wire/varint.js';

function read(bytes: number[], max = Number.MAX_SAFE_INTEGER): number | undefined {
  const reader = new ByteReader();
  reader.begin(new Uint8Array(bytes), 0, bytes.length);
  const value = reader.varint(max);
  return reader.finished ? value : undefined;
}

describe('varint', () => {
  it('writes LEB128 as the DWARF 4 standard shows it (figure 22)', () => {
    for (const [value, code] of [
      [0, [0]],
      [2, [2]],
      [127, [127]],
      [128, [0x80, 1]],
      [129, [0x81, 1]],
      [12857, [0xb9, 0x64]],
    ] as const) {
      const bytes = new Uint8Array(VARINT_BYTES_MAX);
      expect(putVarint(bytes, 0, value)).toBe(code.length);
      expect(Array.from(bytes.slice(0, code.length))).toEqual(code);
      expect(read([...code])).toBe(value);
    }
  });

  it('gives back every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(VARINT_BYTES_MAX);
        const end = putVarint(bytes, 0, value);
        expect(varintBytes(value)).toBe(end);
        expect(read(Array.from(bytes.slice(0, end)))).toBe(value);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses longer forms, unfinished ones, what passes 2^53 - 1 and what passes the bound', () => {
    expect(read([0x80, 0])).toBe(undefined);
    expect(read([0x81, 0x80, 0])).toBe(undefined);
    expect(read([0x80])).toBe(undefined);
    expect(read([])).toBe(undefined);
    expect(read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])).toBe(Number.MAX_SAFE_INTEGER);
    expect(read([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10])).toBe(undefined);
    expect(read([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1])).toBe(undefined);
    expect(read([101], 100)).toBe(undefined);
  });
});
