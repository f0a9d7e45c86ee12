import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageSet } from '../../../src/memory/page-set.js';

function walk(set: PageSet, from = 0): number[] {
  const pages: number[] = [];
  for (let page = set.next(from); page >= 0; page = set.next(page + 1)) pages.push(page);
  return pages;
}

describe('PageSet', () => {
  it('is a Set of page indices that can be walked in order', () => {
    const sizes = fc.constantFrom(1, 31, 32, 33, 1023, 1024, 1025, 40_000, 65_536);
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.nat()), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, steps, (pageCount, actions) => {
        const words = new Int32Array(3 + PageSet.wordCount(pageCount) + 1);
        const set = new PageSet(words, 3, pageCount);
        const model = new Set<number>();
        for (const [isAdd, pick, from] of actions) {
          const page = pick % pageCount;
          if (isAdd) {
            set.add(page);
            model.add(page);
          } else {
            set.remove(page);
            model.delete(page);
          }
          const start = from % (pageCount + 1);
          const members = [...model].sort((a, b) => a - b);
          expect(set.count).toBe(model.size);
          expect(set.has(page)).toBe(isAdd);
          expect(walk(set, start)).toEqual(members.filter((member) => member >= start));
        }
        for (const page of model) set.remove(page);
        expect(words.every((word) => word === 0)).toBe(true);
      }),
    );
  });

  it('keeps every page of the largest state apart', () => {
    const set = new PageSet(new Int32Array(PageSet.wordCount(65_536)), 0, 65_536);
    for (let page = 0; page < 65_536; page += 31) set.add(page);
    let expected = 0;
    for (let page = set.next(0); page >= 0; page = set.next(page + 1)) {
      if (page !== expected) throw new Error(`${page} instead of ${expected}`);
      expected += 31;
    }
    expect(set.count).toBe(Math.ceil(65_536 / 31));
    expect(expected).toBe(set.count * 31);
  });
});
