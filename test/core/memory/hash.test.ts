import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashPage } from '../../../src/memory/hash.js';

/** A bare XS has no console, and is some thirty times slower: it checks every 97th pair. */
const PAIR_STRIDE = 'console' in globalThis ? 1 : 97;

function randomWords(seed: number): Int32Array {
  const words = new Int32Array(64);
  let state = seed | 0;
  for (let i = 0; i < 64; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    words[i] = state ^ (state >>> 13);
  }
  return words;
}

const CONTENTS: readonly (readonly [string, Int32Array])[] = [
  ['zeros', new Int32Array(64)],
  ['ones', new Int32Array(64).fill(-1)],
  ['counters', Int32Array.from({ length: 64 }, (_, i) => i)],
  ['random words', randomWords(1)],
];

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

describe.each(CONTENTS)('the page hash of %s', (_name, content) => {
  const words = content.slice();
  const original = hashPage(words, 0, 5);

  it('changes with every flip of one or two bits', () => {
    let pair = 0;
    for (let a = 0; a < 2048; a++) {
      words[a >>> 5]! ^= 1 << a;
      if (hashPage(words, 0, 5) === original) throw new Error(`flip of bit ${a}`);
      for (let b = a + 1; b < 2048; b++) {
        if (pair++ % PAIR_STRIDE !== 0) continue;
        words[b >>> 5]! ^= 1 << b;
        if (hashPage(words, 0, 5) === original) throw new Error(`flips of bits ${a} and ${b}`);
        words[b >>> 5]! ^= 1 << b;
      }
      words[a >>> 5]! ^= 1 << a;
    }
    expect(hashPage(words, 0, 5)).toBe(original);
  });

  it('changes with every swap of two words that differ, and of two bytes', () => {
    const bytes = bytesOf(words);
    for (const [values, size] of [[words, 64] as const, [bytes, 256] as const]) {
      for (let a = 0; a < size; a++) {
        for (let b = a + 1; b < size; b++) {
          const kept = values[a]!;
          if (kept === values[b]) continue;
          values[a] = values[b]!;
          values[b] = kept;
          if (hashPage(words, 0, 5) === original) throw new Error(`swap of ${a} and ${b} of ${size}`);
          values[b] = values[a]!;
          values[a] = kept;
        }
      }
    }
    expect(hashPage(words, 0, 5)).toBe(original);
  });

  it('changes with every shift and every rotation by bytes that changes the page', () => {
    const bytes = bytesOf(words);
    for (let shift = 1; shift < 256; shift++) {
      for (const isRotation of [true, false]) {
        const moved = new Int32Array(64);
        const target = bytesOf(moved);
        for (let i = 0; i < 256; i++) target[i] = i >= shift || isRotation ? bytes[(i - shift + 256) % 256]! : 0;
        if (moved.every((word, i) => word === words[i])) continue;
        if (hashPage(moved, 0, 5) === original) throw new Error(`shift by ${shift}`);
      }
    }
  });

  it('changes when two words change by opposite amounts', () => {
    for (const amount of [1, 2, 255, 65_536, 0x7fffffff]) {
      for (let a = 0; a < 64; a++) {
        for (let b = 0; b < 64; b++) {
          if (a === b) continue;
          words[a]! += amount;
          words[b]! -= amount;
          if (hashPage(words, 0, 5) === original) throw new Error(`${amount} moved from ${b} to ${a}`);
          words[a]! -= amount;
          words[b]! += amount;
        }
      }
    }
  });

  it('depends on the page index', () => {
    const hashes = new Set<number>();
    for (let page = 0; page < 4096; page++) hashes.add(hashPage(words, 0, page));
    expect(hashes.size).toBe(4096);
  });
});

describe('the digest, the sum of page hashes', () => {
  it('changes when two pages that differ change places', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const a = randomWords(seed);
      const b = randomWords(seed + 1000);
      const inOrder = (hashPage(a, 0, 0) + hashPage(b, 0, seed)) >>> 0;
      const swapped = (hashPage(b, 0, 0) + hashPage(a, 0, seed)) >>> 0;
      expect(swapped).not.toBe(inOrder);
    }
  });

  it("tells the origin's failing cases apart: [2, 0] from [0, 1], and trailing zeros", () => {
    const hashOf = (bytes: readonly number[]): number => {
      const words = new Int32Array(64);
      bytesOf(words).set(bytes);
      return hashPage(words, 0, 0);
    };
    expect(hashOf([2, 0])).not.toBe(hashOf([0, 1]));
    // A page cannot tell its own zeros from padding: the state's size is fixed, and one more page has a hash of its own.
    expect(hashPage(new Int32Array(64), 0, 1)).not.toBe(0);
  });
});

describe('the page hash', () => {
  it('spreads one flipped bit over all 32', () => {
    const words = randomWords(3);
    const flips = new Array<number>(32).fill(0);
    const original = hashPage(words, 0, 0);
    for (let bit = 0; bit < 2048; bit++) {
      words[bit >>> 5]! ^= 1 << bit;
      const change = hashPage(words, 0, 0) ^ original;
      for (let i = 0; i < 32; i++) flips[i]! += (change >>> i) & 1;
      words[bit >>> 5]! ^= 1 << bit;
    }
    for (const count of flips) {
      expect(count).toBeGreaterThan(2048 * 0.4);
      expect(count).toBeLessThan(2048 * 0.6);
    }
  });

  it('is an unsigned 32-bit number, the same for signed and unsigned views, at any place', () => {
    const page = fc.array(fc.integer(), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(page, fc.nat(65_535), fc.nat(20), (values, index, at) => {
        const words = new Int32Array(at + 64);
        words.set(values, at);
        const hash = hashPage(words, at, index);
        expect(hash).toBe(hash >>> 0);
        expect(hashPage(new Uint32Array(words.buffer), at, index)).toBe(hash);
      }),
    );
  });

  it('has the values that another program computed from the specification', () => {
    expect(hashPage(new Int32Array(64), 0, 0)).toBe(3259042018);
    expect(
      hashPage(
        Int32Array.from({ length: 64 }, (_, i) => i),
        0,
        1,
      ),
    ).toBe(2978457395);
    expect(hashPage(new Int32Array(64).fill(-1), 0, 65_535)).toBe(3079607815);
  });
});
