import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { deltaCodeText, MISMATCH, NO_ROOM, NOT_BEGUN, OK } from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { InPlaceTarget } from '../../../src/delta/in-place-target.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { NOT_STAGED, StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const OUT = new Uint8Array(4000);

function sourceOf(memory: PageMemory): DeltaSource {
  return new DeltaSource(memory, [new StoredEncoder()]);
}

function stagedSink(sizeBytes: number, cellCount: number) {
  const head = new PageMemory({ sizeBytes });
  const pool = new PagePool(cellCount);
  const target = new StagedTarget(head, pool);
  return { head, pool, target, sink: new DeltaSink(target, [new StoredDecoder()]) };
}

describe('a sink', () => {
  it('refuses a delta of another epoch, session, base or content, although every byte of it is right', () => {
    const board = new PageMemory({ sizeBytes: 1000 });
    board.setU32(8, 1);
    const source = sourceOf(board);
    source.begin(3, 4, 5, 6);
    const count = source.produce(OUT, 0, 4000);
    const { head, sink } = stagedSink(1000, 4);
    for (const [epoch, session, base] of [
      [2, 4, 5],
      [3, 5, 5],
      [3, 4, 4],
    ] as const) {
      sink.begin(epoch, session, base);
      expect(sink.consume(OUT, 0, count)).toBe(MISMATCH);
    }
    sink.begin(3, 4, 5);
    expect(sink.consume(OUT, 0, count)).toBe(OK);
    sink.apply();
    sink.begin(3, 4, 5);
    expect(sink.consume(OUT, 0, count)).toBe(OK);
    sink.drop();
    head.load(500, Uint8Array.of(1), 0, 1);
    sink.begin(3, 4, 5);
    expect(sink.consume(OUT, 0, count)).toBe(MISMATCH);
  });

  it('stays refused until the next begin, and takes nothing before the first', () => {
    const { sink } = stagedSink(1000, 4);
    expect(sink.consume(OUT, 0, 1)).toBe(NOT_BEGUN);
    expect(sink.finish()).toBe(NOT_BEGUN);
    sink.begin(1, 1, 0);
    const code = sink.consume(Uint8Array.of(0x80, 0x10), 0, 1);
    expect(code).not.toBe(OK);
    expect(sink.consume(Uint8Array.of(0x10), 0, 1)).toBe(code);
    expect(sink.finish()).toBe(code);
    expect(() => sink.apply()).toThrow('not verified');
  });

  it('says NO_ROOM when the shared pool is empty, gives back what it took, and leaves others theirs', () => {
    const pool = new PagePool(3);
    const [one, two] = [0, 1].map(() => new DeltaSink(new StagedTarget(new PageMemory({ sizeBytes: 2048 }), pool), [new StoredDecoder()]));
    const board = new PageMemory({ sizeBytes: 2048 });
    board.setU32(0, 1);
    board.setU32(256, 1);
    const source = sourceOf(board);
    source.begin(1, 1, 0, 1);
    const count = source.produce(OUT, 0, 4000);
    one!.begin(1, 1, 0);
    expect(one!.consume(OUT, 0, count)).toBe(OK);
    two!.begin(1, 1, 0);
    expect(deltaCodeText(two!.consume(OUT, 0, count))).toBe(deltaCodeText(NO_ROOM));
    expect(pool.freeCount).toBe(1);
    one!.apply();
    expect(pool.freeCount).toBe(3);
    two!.begin(1, 1, 0);
    expect(two!.consume(OUT, 0, count)).toBe(OK);
  });

  it('keeps what a torn delta brought, page by page, for the next one', () => {
    const { head, pool, target, sink } = stagedSink(2048, 8);
    const board = new PageMemory({ sizeBytes: 2048 });
    for (const page of [1, 3, 4, 7]) board.setU32(page * 256, page);
    const source = sourceOf(board);
    source.begin(1, 1, 0, 1);
    sink.begin(1, 1, 0);
    sink.consume(OUT, 0, source.produce(OUT, 0, 20));
    sink.suspend();
    source.bringBack();
    expect(target.stagedPageCount).toBe(3);
    const staged = [0, 1, 2, 3, 4, 7].map((page) => target.stagedHash(page));
    expect(staged.map((hash) => hash !== NOT_STAGED)).toEqual([false, true, false, true, true, false]);
    expect(staged[1]).toBe(board.currentHash(1));
    expect(staged[3]).toBe(board.currentHash(3));
    expect(target.stagedHash(1)).toBe(board.currentHash(1));
    target.dropPage(4);
    target.dropPage(4);
    target.dropPage(0);
    expect([target.stagedPageCount, pool.freeCount]).toEqual([2, 6]);
    board.settlePage(1);
    board.settlePage(3);
    board.setU32(3 * 256 + 4, 99);
    board.setU32(2 * 256, 98);
    source.begin(1, 2, 0, 5);
    sink.begin(1, 2, 0, true);
    expect(sink.consume(OUT, 0, source.produce(OUT, 0, 4000))).toBe(OK);
    expect(source.finished).toBe(true);
    sink.apply();
    expect(head.bytes.slice(0, 2048)).toEqual(board.bytes.slice(0, 2048));
    expect(pool.freeCount).toBe(8);
  });

  it('forgets what a torn delta brought unless told to keep it', () => {
    const { head, pool, target, sink } = stagedSink(2048, 8);
    const board = new PageMemory({ sizeBytes: 2048 });
    for (const page of [1, 3, 4]) board.setU32(page * 256, page);
    const source = sourceOf(board);
    source.begin(1, 1, 0, 1);
    sink.begin(1, 1, 0);
    sink.consume(OUT, 0, source.produce(OUT, 0, 20));
    sink.suspend();
    source.bringBack();
    expect(target.stagedPageCount).toBeGreaterThan(0);
    sink.begin(1, 2, 0);
    expect([target.stagedPageCount, pool.freeCount]).toEqual([0, 8]);
    source.begin(1, 2, 0, 1);
    expect(sink.consume(OUT, 0, source.produce(OUT, 0, 4000))).toBe(OK);
    sink.apply();
    expect(head.getU32(4 * 256)).toBe(4);
  });

  it('takes a forced delta without runs: the host then holds what it had staged', () => {
    const { head, target, sink } = stagedSink(600, 2);
    const board = new PageMemory({ sizeBytes: 600 });
    board.setU32(300, 7);
    const source = sourceOf(board);
    source.begin(1, 1, 0, 1);
    sink.begin(1, 1, 0);
    sink.consume(OUT, 0, source.produce(OUT, 0, 7));
    sink.suspend();
    source.bringBack();
    expect(target.stagedHash(1)).toBe(board.settlePage(1));
    expect(source.begin(1, 2, 0, 2)).toBe(false);
    expect(source.begin(1, 2, 0, 2, true)).toBe(true);
    sink.begin(1, 2, 0, true);
    const count = source.produce(OUT, 0, 4000);
    expect(count).toBe(6);
    expect(sink.consume(OUT, 0, count)).toBe(OK);
    sink.apply();
    expect(head.getU32(300)).toBe(7);
  });
});

describe('a source', () => {
  it('ends a delta whose capture was lost: no byte of it comes any more, and all of it comes again', () => {
    const board = new PageMemory({ sizeBytes: 2048, copyCount: 0 });
    for (let page = 0; page < 8; page++) board.setU32(page * 256, 1);
    const source = sourceOf(board);
    expect([source.active, source.aborted, source.produce(OUT, 0, 10)]).toEqual([false, false, 0]);
    source.begin(1, 1, 0, 1);
    expect(source.produce(OUT, 0, 12)).toBe(12);
    board.setU32(7 * 256, 2);
    expect([source.active, source.aborted, source.finished]).toEqual([true, true, false]);
    expect(source.produce(OUT, 0, 4000)).toBe(0);
    expect(source.begin(1, 1, 0, 2)).toBe(true);
    source.bringBack();
    expect([source.active, source.aborted]).toEqual([false, false]);
    source.begin(1, 1, 0, 2);
    const { head, sink } = stagedSink(2048, 8);
    sink.begin(1, 1, 0);
    expect(sink.consume(OUT, 0, source.produce(OUT, 0, 4000))).toBe(OK);
    sink.apply();
    expect(head.bytes.slice(0, 2048)).toEqual(board.bytes.slice(0, 2048));
  });

  it('refuses sequences out of order and codecs that are not there, with nothing captured', () => {
    const board = new PageMemory({ sizeBytes: 100 });
    board.setU32(0, 1);
    const source = sourceOf(board);
    for (const [base, sequence] of [
      [1, 1],
      [2, 1],
      [0, NaN],
      [0, 2 ** 53],
    ] as const) {
      expect(() => source.begin(1, 1, base, sequence)).toThrow('does not come after');
    }
    expect(() => source.useCodec(3)).toThrow('no encoder for codec 3');
    expect(() => new DeltaSource(board, [])).toThrow('at least one encoder');
    expect([board.captureActive, board.dirtyPageCount]).toEqual([false, 1]);
  });

  it('estimates no less than what a delta then takes', () => {
    const board = new PageMemory({ sizeBytes: 4096 });
    const source = sourceOf(board);
    expect(source.pendingBytesEstimate).toBe(0);
    for (let i = 0; i < 4096; i += i % 12 === 0 ? 4 : 8) board.setU32(i, 1);
    const estimate = source.pendingBytesEstimate;
    source.begin(1, 1, 0, 2 ** 52);
    const out = new Uint8Array(8000);
    expect(source.produce(out, 0, 8000)).toBeLessThanOrEqual(estimate);
  });
});

describe('a refill', () => {
  it('goes the other way with the same source, pages that differ sent whole', () => {
    const head = new PageMemory({ sizeBytes: 1500, maskCount: 0, copyCount: 0 });
    head.load(
      0,
      Uint8Array.from({ length: 1500 }, (_, i) => (i < 512 ? 0 : i * 3) & 0xff),
      0,
      1500,
    );
    const board = new PageMemory({ sizeBytes: 1500 });
    for (let page = 0; page < head.pageCount; page++) if (head.hashes[page] !== board.hashes[page]) head.markPageDirty(page);
    expect(head.dirtyPageCount).toBe(4);
    const source = sourceOf(head);
    const sink = new DeltaSink(new InPlaceTarget(board), [new StoredDecoder()]);
    source.begin(2, 9, 0, 41);
    sink.begin(2, 9, 0);
    while (!source.finished) expect(sink.consume(OUT, 0, source.produce(OUT, 0, 100))).toBe(OK);
    expect(sink.finish()).toBe(OK);
    sink.apply();
    source.acknowledge();
    expect(sink.sequence).toBe(41);
    expect(board.bytes.slice(0, 1500)).toEqual(head.bytes.slice(0, 1500));
    expect([board.digest, board.dirtyPageCount, head.dirtyPageCount]).toEqual([head.digest, 0, 0]);
  });

  it('torn in the middle leaves hashes that say which pages are right', () => {
    const head = new PageMemory({ sizeBytes: 2048 });
    head.load(0, new Uint8Array(2048).fill(3), 0, 2048);
    const board = new PageMemory({ sizeBytes: 2048 });
    for (let page = 0; page < 8; page++) head.markPageDirty(page);
    const source = sourceOf(head);
    const sink = new DeltaSink(new InPlaceTarget(board), [new StoredDecoder()]);
    source.begin(2, 9, 0, 41);
    sink.begin(2, 9, 0);
    sink.consume(OUT, 0, source.produce(OUT, 0, 900));
    sink.suspend();
    source.bringBack();
    for (let page = 0; page < 8; page++) {
      expect(board.hashes[page]).toBe(board.currentHash(page));
      expect(board.hashes[page] === head.hashes[page]).toBe(page < 3);
    }
  });
});
