import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemoryOptions } from '../../../src/memory/memory-layout.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { digestOf, MemoryModel, type Step } from './model.js';

const place = fc.nat(4000);
const value = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('store' as const), width: fc.constantFrom(1, 2, 4), place, value }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), place, bytes: fc.array(fc.nat(255), { maxLength: 600 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('markRange' as const), place, length: fc.nat(700) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('markPage' as const), page: fc.nat(15) }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'capture' as const }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('readRuns' as const), count: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'release' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'bringBack' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('scrub' as const), count: fc.nat(20) }) },
);
const steps = fc.array(step, { maxLength: 40, size: 'max' });
const sizes = fc.constantFrom(1, 3, 4, 255, 256, 257, 1000, 2048, 3999);

function play(options: MemoryOptions, isRoomy: boolean, actions: readonly Step[]): MemoryModel {
  const model = new MemoryModel(options, isRoomy);
  for (const action of actions) model.run(action);
  model.drain();
  return model;
}

describe('PageMemory against bytes and Sets', () => {
  it('I1, I3: with room in every pool marks are exact and captures never torn', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(64, 300), steps, (sizeBytes, maskCount, actions) => {
        play({ sizeBytes, maskCount, copyCount: 16 }, true, actions);
      }),
    );
  });

  it('I1, I3: with pools that run dry pages count as wholly dirty, captures abort, and nothing is lost', () => {
    let abortCount = 0;
    const pools = fc.record({ maskCount: fc.nat(4), copyCount: fc.nat(2) });
    fc.assert(
      fc.property(sizes, pools, steps, (sizeBytes, { maskCount, copyCount }, actions) => {
        abortCount += play({ sizeBytes, maskCount, copyCount }, false, actions).abortCount;
      }),
    );
    expect(abortCount).toBeGreaterThan(10);
  });
});

describe('a capture', () => {
  const memoryOf = (pageCount: number, maskCount = 48, copyCount = 2) =>
    new PageMemory({ sizeBytes: pageCount * 256, maskCount, copyCount });
  const readAll = (memory: PageMemory): number[] => {
    const offsets: number[] = [];
    while (memory.runs.next()) offsets.push(memory.runs.offset);
    return offsets;
  };

  it('goes on from the copy when the page under the reader changes inside a run', () => {
    const memory = memoryOf(2);
    for (let offset = 0; offset < 64; offset += 4) memory.setU32(offset, offset + 1);
    const before = digestOf(memory.bytes.slice(0, 512));
    memory.capture();
    expect(memory.runs.next()).toBe(true);
    expect(memory.runs.at).toBe(0);
    memory.setU32(32, 99);
    expect(memory.runs.at).toBe(512);
    expect(memory.runs.bytes[memory.runs.at + 32]).toBe(33);
    expect(memory.runs.next()).toBe(false);
    expect(memory.runs.digest).toBe(before);
    memory.release();
    memory.capture();
    expect(memory.runs.next()).toBe(true);
    expect([memory.runs.offset, memory.runs.length, memory.runs.at]).toEqual([32, 4, 32]);
  });

  it('copies a page once, and only while it is still to be sent', () => {
    const memory = memoryOf(4, 48, 1);
    for (let page = 0; page < 4; page++) memory.setU32(page * 256, 7);
    memory.capture();
    memory.runs.next();
    memory.runs.next();
    memory.setU32(0, 8);
    expect(memory.captureActive).toBe(true);
    memory.setU32(512, 8);
    memory.setU32(516, 8);
    expect(memory.captureActive).toBe(true);
    expect(readAll(memory)).toEqual([512, 768]);
    memory.setU32(768, 8);
    expect(memory.captureAborted).toBe(false);
  });

  it('gives a copy buffer back as soon as its page is read', () => {
    const memory = memoryOf(4, 48, 1);
    for (let page = 0; page < 4; page++) memory.setU32(page * 256, 7);
    memory.capture();
    memory.setU32(0, 8);
    memory.runs.next();
    memory.runs.next();
    memory.setU32(768, 8);
    expect(memory.captureAborted).toBe(false);
    memory.setU32(512, 8);
    expect(memory.captureAborted).toBe(true);
  });

  it('aborts when no copy buffer is free: all its marks come back, sent or not, joined with the new ones', () => {
    const memory = memoryOf(4, 48, 0);
    for (let page = 0; page < 4; page++) memory.setU32(page * 256 + 4 * page, 7);
    memory.capture();
    memory.runs.next();
    memory.runs.next();
    memory.setU32(8, 1);
    expect(memory.captureAborted).toBe(false);
    memory.setU32(768, 1);
    expect(memory.captureAborted).toBe(true);
    expect(memory.captureActive).toBe(false);
    expect(memory.runs.next()).toBe(false);
    expect(memory.capture()).toBe(true);
    expect(readAll(memory)).toEqual([0, 8, 260, 520, 768, 780]);
  });

  it('joins the masks of both sets when each has one, and keeps a wholly dirty page wholly dirty', () => {
    const memory = memoryOf(2, 2, 2);
    memory.setU32(0, 1);
    memory.markPageDirty(1);
    memory.capture();
    readAll(memory);
    memory.setU32(128, 1);
    memory.setU32(256, 1);
    memory.bringBack();
    memory.capture();
    const lengths: number[][] = [];
    while (memory.runs.next()) lengths.push([memory.runs.offset, memory.runs.length]);
    expect(lengths).toEqual([
      [0, 4],
      [128, 4],
      [256, 256],
    ]);
  });

  it('counts a page as wholly dirty when no mask slot is free, and gets slots back from releases', () => {
    const memory = memoryOf(4, 1, 2);
    for (let round = 1; round < 4; round++) {
      memory.setU32(0, round);
      memory.setU32(512, round);
      memory.capture();
      const runs: number[][] = [];
      while (memory.runs.next()) runs.push([memory.runs.offset, memory.runs.length]);
      expect(runs).toEqual([
        [0, 4],
        [512, 256],
      ]);
      memory.release();
    }
  });

  it('tells the granules of all pages apart, as many as there are', () => {
    const pageCount = 'console' in globalThis ? 40_000 : 700;
    const memory = memoryOf(pageCount, pageCount, 0);
    for (let round = 1; round <= 2; round++) {
      for (let page = 0; page < pageCount; page++) memory.setU32(page * 256 + 8, round);
      memory.capture();
      memory.bringBack();
      for (let page = 0; page < pageCount; page += 3) memory.setU32(page * 256 + 12, round);
      memory.capture();
      let bytes = 0;
      for (let page = 0; page < pageCount; page++) {
        expect(memory.runs.next()).toBe(true);
        if (memory.runs.offset !== page * 256 + 8) throw new Error(`page ${page}: a run at ${memory.runs.offset}`);
        bytes += memory.runs.length;
      }
      expect([memory.runs.next(), bytes]).toEqual([false, 4 * pageCount + 4 * Math.ceil(pageCount / 3)]);
      memory.release();
    }
  });

  it('gives a slot back whenever its page becomes wholly dirty, is settled or joined', () => {
    const memory = memoryOf(2, 2, 2);
    const ways = [
      () => memory.markPageDirty(0),
      () => {
        memory.settlePage(0);
        memory.markPageDirty(0);
      },
      () => {
        memory.capture();
        memory.setU32(4, memory.getU32(4) + 1);
        memory.bringBack();
        memory.markPageDirty(0);
      },
      () => {
        memory.capture();
        memory.markPageDirty(0);
        memory.bringBack();
      },
    ];
    for (let round = 0; round < 12; round++) {
      memory.setU32(0, round + 1);
      ways[round % 4]!();
      memory.setU32(256, round + 1);
      memory.capture();
      const runs: number[][] = [];
      while (memory.runs.next()) runs.push([memory.runs.offset, memory.runs.length]);
      expect(runs).toEqual([
        [0, 256],
        [256, 4],
      ]);
      memory.release();
    }
  });

  it('is refused while one is in flight or nothing is dirty', () => {
    const memory = memoryOf(1);
    expect(memory.capture()).toBe(false);
    memory.setU32(0, 1);
    expect(memory.capture()).toBe(true);
    memory.setU32(4, 1);
    expect(memory.capture()).toBe(false);
    expect(() => memory.release()).toThrow('not read to its end');
    readAll(memory);
    memory.release();
    expect(memory.capture()).toBe(true);
  });

  it('keeps its digest when its pages are loaded over while it streams', () => {
    const memory = memoryOf(3);
    const first = Uint8Array.from({ length: 768 }, (_, i) => i);
    memory.load(0, first, 0, 768);
    for (let page = 0; page < 3; page++) memory.markPageDirty(page);
    memory.capture();
    memory.runs.next();
    const second = new Uint8Array(512).fill(9);
    memory.load(256, second, 0, 512);
    const seen = new Uint8Array(768);
    do {
      for (let i = 0; i < memory.runs.length; i++) seen[memory.runs.offset + i] = memory.runs.bytes[memory.runs.at + i]!;
    } while (memory.runs.next());
    expect(seen).toEqual(first);
    expect(memory.runs.digest).toBe(digestOf(first));
    memory.release();
    expect(memory.digest).toBe(digestOf(memory.bytes.slice(0, 768)));
    expect(memory.dirtyPageCount).toBe(0);
  });
});

describe('I5: a dead link', () => {
  it('needs no more memory, however long the agent goes on, and loses nothing', () => {
    const memory = new PageMemory({ sizeBytes: 3000, maskCount: 4 });
    const model = new Uint8Array(3000);
    const buffer = memory.bytes.buffer;
    memory.setU8(0, model.fill(1, 0, 1)[0]!);
    memory.capture();
    while (memory.runs.next());
    for (let commit = 0; commit < 5000; commit++) {
      const offset = (commit * 7919) % 3000;
      memory.setU8(offset, commit);
      model[offset] = commit;
      expect(memory.capture()).toBe(false);
    }
    memory.bringBack();
    const received = new Uint8Array(3000);
    memory.capture();
    while (memory.runs.next())
      for (let i = 0; i < memory.runs.length; i++) received[memory.runs.offset + i] = memory.bytes[memory.runs.at + i]!;
    expect(received).toEqual(model);
    expect(memory.bytes.buffer).toBe(buffer);
  });
});

describe('integrity', () => {
  it('a scrub finds a change behind the barrier, and the page is sent whole', () => {
    const memory = new PageMemory({ sizeBytes: 10 * 256 });
    memory.setU32(0, 5);
    memory.bytes[7 * 256 + 3] = 1;
    let found = 0;
    for (let i = 0; i < 4; i++) found += memory.scrub(3);
    expect(found).toBe(1);
    expect(memory.scrubFaultCount).toBe(1);
    expect([memory.isPageDirty(0), memory.isPageDirty(7), memory.dirtyPageCount]).toEqual([true, true, 2]);
    expect(memory.scrub(100)).toBe(0);
  });

  it('settlePage takes what is there as known to the other side', () => {
    const memory = new PageMemory({ sizeBytes: 600 });
    memory.setU32(300, 1);
    const hash = memory.currentHash(1);
    expect(hash).not.toBe(memory.hashes[1]);
    expect(memory.settlePage(1)).toBe(hash);
    expect(memory.dirtyPageCount).toBe(0);
    expect(memory.digest).toBe(digestOf(memory.bytes.slice(0, 600)));
    memory.setU32(0, 1);
    memory.capture();
    expect(() => memory.settlePage(1)).toThrow('in flight');
  });

  it('reset makes it as new', () => {
    const memory = new PageMemory({ sizeBytes: 600, copyCount: 0 });
    const fresh = memory.digest;
    memory.setU32(300, 1);
    memory.capture();
    memory.setU32(4, 1);
    memory.reset();
    expect(memory.digest).toBe(fresh);
    expect([memory.dirtyPageCount, memory.captureActive, memory.capture()]).toEqual([0, false, false]);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
  });
});
