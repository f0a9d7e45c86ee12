import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, crc32Byte } from '../../../src/wire/crc32.js';

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Bit by bit, straight from the polynomial. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    crc ^= bytes[index]!;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('CRC-32', () => {
  it('gives the published check values', () => {
    const whole = (text: string) => crc32(ascii(text), 0, text.length, 0);
    // CRC-32/ISO-HDLC in the RevEng catalogue; the others as zlib gives them.
    expect(whole('123456789')).toBe(0xcbf43926);
    expect(whole('')).toBe(0);
    expect(whole('a')).toBe(0xe8b7be43);
    expect(whole('abc')).toBe(0x352441c2);
    expect(whole('The quick brown fox jumps over the lazy dog')).toBe(0x414fa339);
    expect(crc32(new Uint8Array(32), 0, 32, 0)).toBe(0x190a55ad);
    expect(crc32(new Uint8Array(32).fill(0xff), 0, 32, 0)).toBe(0xff6cab0b);
  });

  it('is what the polynomial says, from any offset, in any number of pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const expected = slowCrc32(bytes);
        expect(crc32(bytes, 0, bytes.length, 0)).toBe(expected);
        const first = Math.min(cut, bytes.length);
        expect(crc32(bytes, first, bytes.length - first, crc32(bytes, 0, first, 0))).toBe(expected);
        let crc = 0;
        for (let index = 0; index < bytes.length; index++) crc = crc32Byte(bytes[index]!, crc);
        expect(crc).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });
});
