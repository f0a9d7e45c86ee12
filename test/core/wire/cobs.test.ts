import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cobsBytesMax, cobsDecode, cobsEncode } from '../../../src/wire/cobs.js';

function encode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(cobsBytesMax(bytes.length));
  return out.slice(0, cobsEncode(bytes, 0, bytes.length, out, 0));
}

function decode(code: Uint8Array, limit = 4096): Uint8Array | undefined {
  const out = new Uint8Array(limit);
  const count = cobsDecode(code, 0, code.length, out, 0, limit);
  return count < 0 ? undefined : out.slice(0, count);
}

function hex(text: string): Uint8Array {
  const pairs = text.match(/[0-9a-f]{2}/gi) ?? [];
  return new Uint8Array(pairs.map((pair) => Number.parseInt(pair, 16)));
}

function counting(from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from + 1);
  for (let index = 0; index < bytes.length; index++) bytes[index] = from + index;
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

describe('COBS', () => {
  it('encodes the IP header of the paper (Cheshire and Baker 1997, figure 3)', () => {
    const packet = hex('45 00 00 2C 4C 79 00 00 40 06 4F 37');
    const code = hex('02 45 01 04 2C 4C 79 01 05 40 06 4F 37');
    expect(encode(packet)).toEqual(code);
    expect(decode(code)).toEqual(packet);
  });

  it('encodes the short examples and the block boundaries at 254 bytes', () => {
    const examples: [Uint8Array, Uint8Array][] = [
      [hex(''), hex('01')],
      [hex('00'), hex('01 01')],
      [hex('00 00'), hex('01 01 01')],
      [hex('00 11 00'), hex('01 02 11 01')],
      [hex('11 22 00 33'), hex('03 11 22 02 33')],
      [hex('11 22 33 44'), hex('05 11 22 33 44')],
      [hex('11 00 00 00'), hex('02 11 01 01 01')],
      [counting(1, 254), joined(hex('FF'), counting(1, 254))],
      [counting(0, 254), joined(hex('01 FF'), counting(1, 254))],
      [counting(1, 255), joined(hex('FF'), counting(1, 254), hex('02 FF'))],
      [joined(counting(2, 255), hex('00')), joined(hex('FF'), counting(2, 255), hex('01 01'))],
      [joined(counting(3, 255), hex('00 01')), joined(hex('FE'), counting(3, 255), hex('02 01'))],
    ];
    for (const [bytes, code] of examples) {
      expect(encode(bytes)).toEqual(code);
      expect(decode(code)).toEqual(bytes);
    }
  });

  it('gives back any bytes, holds no zero, and costs a byte in 254', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), (bytes) => {
        const code = encode(bytes);
        expect(code.includes(0)).toBe(false);
        expect(code.length).toBeLessThanOrEqual(cobsBytesMax(bytes.length));
        expect(decode(code)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what is no code, and never writes past the limit', () => {
    expect(decode(hex(''))).toBe(undefined);
    expect(decode(hex('00'))).toBe(undefined);
    expect(decode(hex('05 11 22'))).toBe(undefined);
    expect(decode(hex('03 11 00'))).toBe(undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 64 }), (bytes, limit) => {
        const out = new Uint8Array(limit + 8).fill(0x5a);
        const count = cobsDecode(bytes, 0, bytes.length, out, 0, limit);
        expect(count).toBeLessThanOrEqual(limit);
        for (let index = limit; index < out.length; index++) expect(out[index]).toBe(0x5a);
      }),
      { numRuns: 60 },
    );
  });
});
