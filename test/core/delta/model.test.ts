import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveEncoder } from '../../../src/codec/adaptive-encoder.js';
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../../../src/codec/noting-decoder.js';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { type Codec, Pair, type PairStep } from './pair.js';

const CODECS: readonly (readonly [string, Codec])[] = [
  ['stored', { isCanonical: true, encoder: () => new StoredEncoder(), decoders: () => [new StoredDecoder()] }],
  ['adaptive', { isCanonical: false, encoder: () => new AdaptiveEncoder(), decoders: () => adaptiveDecoders(new ModelledDecoder()) }],
];

const step: fc.Arbitrary<PairStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('write' as const), place: fc.nat(4000), bytes: fc.array(fc.nat(255), { maxLength: 40 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('begin' as const), distance: fc.constantFrom(1, 2, 7, 8, 300) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('stream' as const),
      limit: fc.integer({ min: 1, max: 300 }),
      isCorrupt: fc.nat(12).map((n) => n === 0),
      bit: fc.nat(4000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tear' as const), isKept: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), isLost: fc.nat(5).map((n) => n === 0) }) },
);

describe.each(CODECS)('a board and its head, %s codec', (_name, codec) => {
  it('I1, I3, I6: the head is always the state at one commit, whatever is torn, lost, corrupted or aborted', () => {
    const total = { applied: 0, aborted: 0, torn: 0, kept: 0, refused: 0, lostAcknowledgement: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(1, 5, 256, 700, 2048, 3999),
        fc.record({ maskCount: fc.constantFrom(0, 2, 48), copyCount: fc.nat(2) }),
        fc.array(step, { maxLength: 80, size: 'max' }),
        (sizeBytes, pools, steps) => {
          const pair = new Pair({ sizeBytes, ...pools }, 16, codec);
          for (const one of steps) pair.run(one);
          pair.drain();
          for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += pair.counts[key];
        },
      ),
      { numRuns: 400 },
    );
    for (const [path, count] of Object.entries(total)) if (count < 5) throw new Error(`${path} was reached only ${count} times`);
    expect(total.applied).toBeGreaterThan(100);
  });
});
