import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROBABILITY_START, STEP_BYTES_MAX } from '../../../src/codec/bit-coder.js';
import { DECODE_AHEAD_BYTES, LOOKAHEAD_BYTES, RangeDecoder } from '../../../src/codec/range-decoder.js';
import { RangeEncoder } from '../../../src/codec/range-encoder.js';

const CONTEXT_COUNT = 300;

type Symbol =
  | { readonly kind: 'bit'; readonly index: number; readonly value: number }
  | { readonly kind: 'tree'; readonly base: number; readonly bits: number; readonly value: number }
  | { readonly kind: 'direct'; readonly bits: number; readonly value: number };

const symbol: fc.Arbitrary<Symbol> = fc.oneof(
  fc.record({ kind: fc.constant('bit' as const), index: fc.nat(4), value: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(1)) }),
  fc
    .integer({ min: 1, max: 8 })
    .chain((bits) =>
      fc.record({ kind: fc.constant('tree' as const), base: fc.constant(8), bits: fc.constant(bits), value: fc.nat((1 << bits) - 1) }),
    ),
  fc
    .integer({ min: 1, max: 8 })
    .chain((bits) => fc.record({ kind: fc.constant('direct' as const), bits: fc.constant(bits), value: fc.nat((1 << bits) - 1) })),
);

const fresh = () => new Uint8Array(CONTEXT_COUNT).fill(PROBABILITY_START);

function code(coder: RangeEncoder | RangeDecoder, symbol: Symbol, value: number): number {
  if (symbol.kind === 'bit') return coder.bit(symbol.index, value);
  if (symbol.kind === 'tree') return coder.tree(symbol.base, symbol.bits, value);
  return coder.direct(symbol.bits, value);
}

/** Four symbols are a step here: no more bytes than `STEP_BYTES_MAX`. */
function encode(symbols: readonly Symbol[], limits: readonly number[]): number[] {
  const encoder = new RangeEncoder(fresh());
  const cell = new Uint8Array(2 * STEP_BYTES_MAX);
  const bytes: number[] = [];
  let turn = 0;
  const drain = (): void => {
    bytes.push(...cell.subarray(0, encoder.close()));
    while (encoder.isWaiting) {
      const limit = limits[turn++ % limits.length]!;
      bytes.push(...cell.subarray(0, encoder.take(cell, 0, limit)));
    }
  };
  encoder.begin();
  for (let i = 0; i < symbols.length; i += 4) {
    encoder.open(cell, 0, limits[turn++ % limits.length]!);
    for (const symbol of symbols.slice(i, i + 4)) code(encoder, symbol, symbol.value);
    drain();
  }
  encoder.open(cell, 0, 1);
  encoder.finish();
  drain();
  return bytes;
}

function decode(bytes: readonly number[], symbols: readonly Symbol[], piece: number): { values: number[]; after: number[] } {
  const decoder = new RangeDecoder(fresh());
  const input = Uint8Array.from(bytes);
  decoder.begin();
  let at = 0;
  const values = symbols.map((symbol, index) => {
    while (decoder.leftBytes < DECODE_AHEAD_BYTES && at < input.length) at += decoder.put(input, at, Math.min(piece, input.length - at));
    if (index === 0) decoder.start();
    return code(decoder, symbol, 0);
  });
  decoder.finish();
  const after: number[] = [];
  for (let i = 0; i < decoder.leftBytes + LOOKAHEAD_BYTES; i++) after.push(decoder.byteAfterEnd(i));
  return { values, after: [...after, ...input.slice(at)] };
}

const limits = fc.array(fc.integer({ min: 1, max: 2 * STEP_BYTES_MAX }), { minLength: 1, maxLength: 5 });

describe('range coder', () => {
  it('gives back every symbol, and the bytes that follow the stream, whatever the cells', () => {
    fc.assert(
      fc.property(
        fc.array(symbol, { minLength: 1, maxLength: 200 }),
        limits,
        fc.integer({ min: 1, max: 90 }),
        fc.array(fc.nat(255), { maxLength: 6 }),
        (symbols, limits, piece, trailer) => {
          const { values, after } = decode([...encode(symbols, limits), ...trailer], symbols, piece);
          expect(values).toEqual(symbols.map((symbol) => symbol.value));
          expect(after).toEqual(trailer);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('makes the same bytes whatever the cells', () => {
    fc.assert(
      fc.property(fc.array(symbol, { minLength: 1, maxLength: 200 }), limits, (symbols, limits) => {
        expect(encode(symbols, limits)).toEqual(encode(symbols, [2 * STEP_BYTES_MAX]));
      }),
    );
  });

  it('carries through more bytes FF than its buffer holds', () => {
    // Symbols that lead ever closer to one point from both sides: until the end it is open whether 7F FF FF... or 80 00 00... is sent.
    const shape: Symbol[] = Array.from({ length: 900 }, (_, i) =>
      i % 3 === 0 ? { kind: 'tree', base: 8, bits: 5, value: 0 } : { kind: 'direct', bits: 7, value: 0 },
    );
    const seen = new Set<number>();
    for (const point of [
      [0x80, ...new Array<number>(700).fill(0)],
      [0x7f, ...new Array<number>(700).fill(0xff)],
    ]) {
      for (const count of [880, 889, 900]) {
        const start: Symbol[] = [
          { kind: 'bit', index: 0, value: 0 },
          { kind: 'tree', base: 8, bits: 3, value: 0 },
        ];
        const guide = [...start, ...shape.slice(0, count)];
        const { values } = decode(point, guide, 50);
        const symbols = guide.map((symbol, i) => ({ ...symbol, value: values[i]! }));
        const bytes = encode(symbols, [7, 128]);
        const run = bytes.filter((byte) => byte === bytes[300]).length;
        expect(run).toBeGreaterThan(400);
        seen.add(bytes[300]!);
        expect(decode(bytes, symbols, 13).values).toEqual(values);
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 255]);
  });

  it('spends less than a tenth of a bit on what is always the same', () => {
    const symbols: Symbol[] = Array.from({ length: 8000 }, () => ({ kind: 'bit', index: 0, value: 0 }));
    expect(encode(symbols, [128]).length).toBeLessThan(8000 * 0.1 * 0.125);
  });

  it('never stops short of the end on bytes that no encoder made', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 60 }), fc.array(symbol, { minLength: 1, maxLength: 60 }), (bytes, symbols) => {
        const { values } = decode(bytes, symbols, 90);
        symbols.forEach((symbol, index) => {
          expect(values[index]).toBeLessThan(symbol.kind === 'bit' ? 2 : 1 << symbol.bits);
          expect(values[index]).toBeGreaterThanOrEqual(0);
        });
      }),
    );
  });
});
