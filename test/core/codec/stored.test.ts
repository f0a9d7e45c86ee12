import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunSource, RunTarget } from '../../../src/codec/payload.js';
import { StoredDecoder, StoredEncoder, storedHeadBytes } from '../../../src/codec/stored.js';
import { BAD_NUMBER, BAD_RUN, OK, OUT_OF_RANGE, TRUNCATED } from '../../../src/delta/codes.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

type Run = { readonly offset: number; readonly data: readonly number[] };

class ListedRuns implements RunSource {
  bytes = new Uint8Array(0);
  offset = 0;
  length = 0;
  at = 0;
  #index = 0;
  readonly #runs: readonly Run[];
  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }
  next(): boolean {
    const run = this.#runs[this.#index++];
    if (run === undefined) return false;
    this.bytes = Uint8Array.from([1, 2, 3, ...run.data]);
    this.at = 3;
    this.offset = run.offset;
    this.length = run.data.length;
    return true;
  }
}

class NotedRuns implements RunTarget {
  refusal = OK;
  readonly runs: { offset: number; data: number[] }[] = [];
  readonly #end: number;
  constructor(end: number) {
    this.#end = end;
  }
  open(offset: number, length: number): boolean {
    if (offset + length > this.#end) {
      this.refusal = OUT_OF_RANGE;
      return false;
    }
    this.runs.push({ offset, data: [] });
    return true;
  }
  put(bytes: Uint8Array, at: number, count: number): void {
    this.runs.at(-1)!.data.push(...bytes.slice(at, at + count));
  }
  oldByte(): number {
    return 0;
  }
  oldWord(): number {
    return 0;
  }
}

const memory = () => new PageMemory({ sizeBytes: 4 });

function encode(runs: readonly Run[], limits: readonly number[] = [1000]): number[] {
  const encoder = new StoredEncoder();
  const out: number[] = [];
  const piece = new Uint8Array(2000);
  encoder.begin(new ListedRuns(runs), memory());
  for (let i = 0; !encoder.done; i++) {
    const limit = limits[i % limits.length]!;
    const count = encoder.produce(piece, 7, limit);
    if (count > limit || (count === 0 && limit > 0)) throw new Error(`produced ${count} of ${limit}`);
    out.push(...piece.slice(7, 7 + count));
  }
  expect(encoder.produce(piece, 0, 10)).toBe(0);
  return out;
}

function decode(stream: readonly number[], pieceBytes: number, end: number): { code: number; used: number; target: NotedRuns } {
  const decoder = new StoredDecoder();
  const target = new NotedRuns(end);
  const bytes = Uint8Array.from(stream);
  decoder.begin(target, 0);
  let at = 0;
  let code = OK;
  while (at < bytes.length && code === OK && !decoder.ended) {
    const count = Math.min(pieceBytes, bytes.length - at);
    code = decoder.consume(bytes, at, count);
    if (code === OK && !decoder.ended && decoder.consumedBytes !== count) throw new Error('the decoder stopped without a reason');
    at += decoder.consumedBytes;
  }
  return { code: code === OK ? decoder.finish() : code, used: at, target };
}

/** Gaps and lengths in granules; runs may touch, and gaps may be the largest. */
const runList = fc
  .array(
    fc.tuple(
      fc.oneof(fc.nat(20), fc.constantFrom(15, 16, 2047, 2048, 262_143, 262_144, 4_000_000)),
      fc.integer({ min: 1, max: 64 }),
      fc.nat(255),
    ),
    {
      maxLength: 12,
    },
  )
  .map((items) => {
    let end = 0;
    return items.map(([gap, count, first]) => {
      const offset = (end + gap) * 4;
      end += gap + count;
      return { offset, data: Array.from({ length: count * 4 }, (_, i) => (first + i) & 0xff) };
    });
  })
  .filter((runs) => runs.every((run) => run.offset < 16 * 1024 * 1024));

const END = 32 * 1024 * 1024;

describe('the stored codec', () => {
  it('decodes what it encodes, in pieces of any size, and reads no further than its end', () => {
    fc.assert(
      fc.property(
        runList,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (runs, limits, piece) => {
          const stream = encode(runs, limits);
          expect(stream).toEqual(encode(runs));
          const { code, used, target } = decode([...stream, 1, 2, 3], piece, END);
          expect([code, used]).toEqual([OK, stream.length]);
          expect(target.runs).toEqual(runs);
        },
      ),
    );
  });

  it('takes what storedHeadBytes says', () => {
    fc.assert(
      fc.property(runList, (runs) => {
        let sizeBytes = 1;
        let end = 0;
        for (const run of runs) {
          sizeBytes += storedHeadBytes((run.offset - end) / 4, run.data.length / 4) + run.data.length;
          end = run.offset + run.data.length;
        }
        expect(encode(runs).length).toBe(sizeBytes);
      }),
    );
  });

  it('should always make progress and never accept a stream that is cut', () => {
    fc.assert(
      fc.property(runList, fc.nat(), (runs, cut) => {
        const stream = encode(runs);
        expect(decode(stream.slice(0, cut % stream.length), 7, END).code).toBe(TRUNCATED);
      }),
    );
  });

  it('I6: reads any bytes without a crash; what it accepts it would write the same way', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(255), fc.nat(20)), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (stream, piece) => {
        const { code, used, target } = decode(stream, piece, 1 << 20);
        if (code === OK) expect(encode(target.runs)).toEqual(stream.slice(0, used));
        else expect([BAD_NUMBER, BAD_RUN, OUT_OF_RANGE, TRUNCATED]).toContain(code);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes 6 bytes for a granule near the start, 7 below 8 KiB, 8 below 1 MiB', () => {
    const sizes = [0, 60, 64, 8188, 8192, 1_048_572, 1_048_576].map((offset) => encode([{ offset, data: [1, 2, 3, 4] }]).length);
    expect(sizes).toEqual([6, 6, 7, 7, 8, 8, 9]);
  });
});
