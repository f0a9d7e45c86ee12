import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Bytes } from '../../../src/state/utf8.js';
import { anyText, referenceUtf8 } from './arbitrary.js';

function encoded(source: string): number[] {
  const target = new Uint8Array(256);
  const count = encodeUtf8(source, target, 0, target.length);
  return Array.from(target.slice(0, count));
}

describe('UTF-8', () => {
  it('encodes as the reference does, whatever the engine indexes strings by', () => {
    fc.assert(
      fc.property(anyText, (source) => {
        expect(encoded(source)).toEqual(referenceUtf8(source));
        expect(utf8Bytes(source)).toBe(referenceUtf8(source).length);
      }),
    );
  });

  it('turns every lone surrogate into U+FFFD and joins two halves', () => {
    expect(encoded('\ud800')).toEqual([0xef, 0xbf, 0xbd]);
    expect(encoded('a\udc00b')).toEqual([0x61, 0xef, 0xbf, 0xbd, 0x62]);
    expect(encoded('\udc00\ud800')).toEqual([0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd]);
    const high = '\ud83d';
    expect(encoded(`${high}\ude00`)).toEqual([0xf0, 0x9f, 0x98, 0x80]);
    expect(encoded('\u{1F600}')).toEqual([0xf0, 0x9f, 0x98, 0x80]);
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(anyText, (source) => {
        const bytes = Uint8Array.from(referenceUtf8(source));
        const text = decodeUtf8(bytes, 0, bytes.length);
        expect(encoded(text)).toEqual(Array.from(bytes));
      }),
    );
  });

  it('refuses exactly what does not fit, and writes nothing past the limit', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (source, limit) => {
        const target = new Uint8Array(64).fill(0xee);
        const needed = referenceUtf8(source).length;
        expect(encodeUtf8(source, target, 3, limit)).toBe(needed <= limit ? needed : -1);
        expect(target.slice(0, 3).every((byte) => byte === 0xee)).toBe(true);
        expect(target.slice(3 + limit).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('replaces ill-formed bytes as the Encoding Standard does', () => {
    const vectors: readonly (readonly [readonly number[], string])[] = [
      [[0x80], '\ufffd'],
      [[0xc0, 0xaf], '\ufffd\ufffd'],
      [[0xe0, 0x80, 0xaf], '\ufffd\ufffd\ufffd'],
      [[0xf0, 0x9f, 0x98], '\ufffd'],
      [[0xf0, 0x9f, 0x98, 0x41], '\ufffdA'],
      [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
      [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
      [[0xf8, 0x88], '\ufffd\ufffd'],
      [[0xef, 0xbb, 0xbf, 0x41], '\ufeffA'],
    ];
    for (const [bytes, text] of vectors) expect(decodeUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBe(text);
  });

  it('agrees with the engine’s own decoder where there is one', () => {
    const Decoder = (globalThis as { TextDecoder?: new (label: string, options: object) => { decode(bytes: Uint8Array): string } })
      .TextDecoder;
    if (Decoder === undefined) return;
    const decoder = new Decoder('utf-8', { ignoreBOM: true });
    const near = fc.oneof(fc.nat(255), fc.constantFrom(0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf));
    fc.assert(
      fc.property(fc.array(near, { maxLength: 16 }), (list) => {
        const bytes = Uint8Array.from(list);
        expect(decodeUtf8(bytes, 0, bytes.length)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});
