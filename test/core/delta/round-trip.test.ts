import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

describe('a delta from one memory to another', () => {
  it('carries the smallest change in 12 bytes', () => {
    const board = new PageMemory({ sizeBytes: 1000 });
    const head = new PageMemory({ sizeBytes: 1000 });
    const source = new DeltaSource(board, [new StoredEncoder()]);
    const sink = new DeltaSink(new StagedTarget(head, new PagePool(4)), [new StoredDecoder()]);
    board.setU32(640, 0xdeadbeef);
    expect(source.begin(1, 2, 3, 4)).toBe(true);
    const out = new Uint8Array(64);
    const count = source.produce(out, 0, 64);
    expect(count).toBe(1 + 2 + 4 + 1 + 4);
    expect(source.finished).toBe(true);
    sink.begin(1, 2, 3);
    expect(sink.consume(out, 0, count)).toBe(0);
    expect(sink.finished).toBe(true);
    expect(head.getU32(640)).toBe(0);
    sink.apply();
    source.acknowledge();
    expect(head.getU32(640)).toBe(0xdeadbeef);
    expect(head.digest).toBe(board.digest);
    expect(board.dirtyPageCount).toBe(0);
  });
});
