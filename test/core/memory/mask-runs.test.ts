import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MaskRuns } from '../../../src/memory/mask-runs.js';

function naiveRuns(low: number, high: number): number[][] {
  const runs: number[][] = [];
  for (let granule = 0; granule < 64; granule++) {
    const word = granule < 32 ? low : high;
    if (((word >>> (granule & 31)) & 1) === 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0]! + last[1]! === granule) last[1]!++;
    else runs.push([granule, 1]);
  }
  return runs;
}

function runsOf(low: number, high: number): number[][] {
  const reader = new MaskRuns();
  reader.load(low, high);
  const runs: number[][] = [];
  while (reader.next()) runs.push([reader.start, reader.count]);
  return runs;
}

describe('MaskRuns', () => {
  it('finds the runs of any mask', () => {
    const word = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, -2147483648, 0x7fffffff));
    fc.assert(
      fc.property(word, word, (low, high) => {
        expect(runsOf(low, high)).toEqual(naiveRuns(low, high));
      }),
    );
  });

  it('finds each of the 2080 single runs, across the two words too', () => {
    for (let start = 0; start < 64; start++) {
      for (let end = start + 1; end <= 64; end++) {
        let low = 0;
        let high = 0;
        for (let i = start; i < end; i++) {
          if (i < 32) low |= 1 << i;
          else high |= 1 << i;
        }
        const reader = new MaskRuns();
        reader.load(low, high);
        const isRight = reader.next() && reader.start === start && reader.count === end - start && !reader.next();
        if (!isRight) throw new Error(`run [${start}, ${end})`);
      }
    }
  });
});
