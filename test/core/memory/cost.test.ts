import { describe, expect, it } from 'vitest';
import { PageSet } from '../../../src/memory/page-set.js';

/** An Int32Array that counts what is read from it. */
function countedWords(length: number): { words: Int32Array; reads: () => number } {
  let count = 0;
  const words = new Proxy(new Int32Array(length), {
    get(target, key) {
      count++;
      return Reflect.get(target, key);
    },
  });
  return { words, reads: () => count };
}

/** Words read to add, walk and remove `memberCount` pages that are spread over the state. */
function readsOf(pageCount: number, memberCount: number): number {
  const { words, reads } = countedWords(PageSet.wordCount(pageCount));
  const set = new PageSet(words, 0, pageCount);
  for (let i = 0; i < memberCount; i++) set.add(Math.floor((i * pageCount) / memberCount));
  let walked = 0;
  for (let page = set.next(0); page >= 0; page = set.next(page + 1)) {
    set.remove(page);
    walked++;
  }
  expect(walked).toBe(memberCount);
  return reads();
}

describe('I7: the cost of a walk', () => {
  it('grows with the members, not with the pages', () => {
    for (const memberCount of [1, 4, 16]) {
      const small = readsOf(1024, memberCount);
      expect(small).toBeLessThan(memberCount * 25 + 10);
      for (const pageCount of [2048, 4096, 32_768, 65_536]) {
        expect(readsOf(pageCount, memberCount)).toBeLessThanOrEqual(small + 10 * memberCount);
      }
    }
  });

  it('of the largest state does not pass over what is clean', () => {
    expect(readsOf(65_536, 1)).toBeLessThan(40);
  });
});
