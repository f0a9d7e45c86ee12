import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFaults, drawFaults, FAULT_KINDS, formatFaultChoice, parseFaultChoice } from '../../sim/faults.js';
import { shrink } from '../../sim/shrink.js';

describe('shrinker', () => {
  it('finds exactly the culprits when a run fails whenever all of them are there', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 60 }), fc.nat(3), (items, extra) => {
        const culprits = items.slice(0, Math.min(items.length, 1 + extra)).sort((a, b) => a - b);
        const sorted = [...items].sort((a, b) => a - b);
        const fails = (list: readonly number[]) => culprits.every((culprit) => list.includes(culprit));
        expect(shrink(sorted, fails, 10_000)).toEqual(culprits);
      }),
    );
  });

  it('keeps failing however few tries it has', () => {
    const fails = (list: readonly number[]) => list.includes(7) && list.length % 2 === 1;
    for (let tries = 0; tries < 20; tries++) {
      let asked = 0;
      const counted = (list: readonly number[]) => {
        asked++;
        return fails(list);
      };
      const kept = shrink([1, 2, 3, 4, 5, 6, 7], counted, tries);
      expect(fails(kept)).toBe(true);
      expect(asked).toBeLessThanOrEqual(tries);
    }
  });
});

describe('choice of faults', () => {
  const faults = drawFaults(42, 3, 5000);

  it('is read and written the same', () => {
    for (const text of ['all', 'none', 'loss', '3', 'loss,crash', '0,2,5']) expect(formatFaultChoice(parseFaultChoice(text))).toBe(text);
  });

  it('names what it does not know', () => {
    for (const text of ['', 'los', 'loss,', '-1', '1.5', 'loss crash', '1e3'])
      expect(() => parseFaultChoice(text)).toThrow(/no such fault/);
  });

  it('picks kinds and places of the seed list, whose other members stay what they are', () => {
    expect(chooseFaults(faults, 'all')).toEqual(faults);
    expect(chooseFaults(faults, 'none')).toEqual([]);
    expect(chooseFaults(faults, [1])).toEqual([faults[1]]);
    for (const kind of FAULT_KINDS) expect(chooseFaults(faults, [kind])).toEqual(faults.filter((fault) => fault.kind === kind));
  });
});
