import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeltaSnapshot } from '../../../src/delta/delta-snapshot.js';
import { DirtyPageTracker } from '../../../src/delta/dirty-page-tracker.js';
import { IncrementalMigrator } from '../../../src/delta/incremental-migrator.js';
import { MigrationStats } from '../../../src/delta/migration-stats.js';
import { hashBytes } from '../../../src/memory/hash.js';
import { memoryCost } from '../../../src/memory/memory-layout.js';

const AGENT = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const OTHER = new Uint8Array(16);
const DELTA_AT = 49;

function stateOf(sizeBytes: number, changes: readonly (readonly [number, number])[] = []): Uint8Array {
  const state = Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 13) & 0xff);
  for (const [at, byte] of changes) state[at] = byte;
  return state;
}

/** Writes the seal that a sender of these bytes would write. */
function reseal(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 4;
  const seal = hashBytes(bytes, 0, end);
  for (let i = 0; i < 4; i++) bytes[end + i] = (seal >>> (8 * i)) & 0xff;
  return bytes;
}

/** A snapshot whose delta is these payload bytes: everything right but them. */
function withPayload(payload: readonly number[], sizeBytes = 600): Uint8Array {
  const whole = DeltaSnapshot.create(AGENT, 1, 2, stateOf(sizeBytes), stateOf(sizeBytes)).serialize();
  return reseal(Uint8Array.from([...whole.slice(0, DELTA_AT + 1), ...payload, ...whole.slice(-8)]));
}

describe('the operations of the origin', () => {
  it('create, serialize, deserialize and apply lead from one state to the other', () => {
    const edits = fc.array(fc.tuple(fc.nat(1999), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(1, 100, 256, 700, 2000), edits, fc.nat(2 ** 40), (sizeBytes, list, baseSequence) => {
        const base = stateOf(sizeBytes);
        const state = stateOf(
          sizeBytes,
          list.map(([at, byte]) => [at % sizeBytes, byte] as const),
        );
        const created = DeltaSnapshot.create(AGENT, baseSequence, baseSequence + 5, base, state);
        const snapshot = DeltaSnapshot.deserialize(created.serialize());
        expect(snapshot.apply(AGENT, baseSequence, base)).toEqual(state);
        expect(snapshot.serialize()).toEqual(created.serialize());
        expect([snapshot.sequence, snapshot.sizeBytes]).toEqual([baseSequence + 5, sizeBytes]);
        const pages = new Set<number>();
        for (let i = 0; i < sizeBytes; i++) if (base[i] !== state[i]) pages.add(i >> 8);
        expect(snapshot.pages.map((page) => page.index)).toEqual([...pages]);
        expect(snapshot.dirtyPageCount).toBe(pages.size);
      }),
    );
  });

  it('codes whichever way is shorter', () => {
    const base = stateOf(8192);
    const alike = base.map(() => 1);
    const compressed = DeltaSnapshot.create(AGENT, 1, 2, base, alike);
    expect([compressed.codecId, compressed.apply(AGENT, 1, base)]).toEqual([1, alike]);
    expect(compressed.compressionRatio).toBeLessThan(1 / 8);
    let word = 1;
    const noise = base.map(() => {
      word = Math.imul(word, 0x2c9277b5) + 0x3c6ef35f;
      return word >>> 24;
    });
    const stored = DeltaSnapshot.create(AGENT, 1, 2, base, noise);
    expect([stored.codecId, stored.apply(AGENT, 1, base)]).toEqual([0, noise]);
  });

  it('sizes and ratio are those of the pages that change', () => {
    const snapshot = DeltaSnapshot.create(
      AGENT,
      1,
      2,
      stateOf(600),
      stateOf(600, [
        [1, 99],
        [599, 98],
      ]),
    );
    expect(snapshot.pages.map((page) => [page.index, page.offset, page.sizeBytes, page.changedBytes])).toEqual([
      [0, 0, 256, 4],
      [2, 512, 88, 4],
    ]);
    expect(snapshot.uncompressedSizeBytes).toBe(256 + 88);
    expect(snapshot.compressedSizeBytes).toBe(snapshot.serialize().length);
    expect(snapshot.compressionRatio).toBe(snapshot.compressedSizeBytes / 344);
  });

  it('a tracker starts at sequence 1 and makes snapshots of what is marked', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    expect([tracker.sequence, tracker.dirtyPageCount]).toEqual([1, 0]);
    tracker.markDirty(2);
    tracker.markRangeDirty(0, 5);
    expect([0, 1, 2].map((page) => tracker.isDirty(page))).toEqual([true, false, true]);
    const first = tracker.createDelta();
    expect([first.baseSequence, first.sequence, first.dirtyPageCount]).toEqual([1, 2, 2]);
    expect(tracker.acknowledge(3)).toBe(false);
    expect(tracker.acknowledge(2)).toBe(true);
    tracker.markDirty(1);
    tracker.clear();
    expect(tracker.dirtyPageCount).toBe(0);
    const second = tracker.createDelta(stateOf(1000, [[999, 1]]));
    expect([second.baseSequence, second.sequence, second.dirtyPageCount]).toEqual([2, 3, 1]);
    expect(second.apply(AGENT, 2, stateOf(1000))).toEqual(stateOf(1000, [[999, 1]]));
  });

  it('snapshots that arrive lead from one to the next, whatever is lost between', () => {
    const changes = fc.array(fc.tuple(fc.nat(999), fc.nat(255)), { maxLength: 10 });
    fc.assert(
      fc.property(fc.array(fc.tuple(changes, fc.boolean(), fc.boolean()), { maxLength: 10 }), (rounds) => {
        const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
        let received = stateOf(1000);
        let sequence = 1;
        for (const [list, isWhole, isLost] of rounds) {
          const state = tracker.memory.bytes.slice(0, 1000);
          for (const [at, byte] of list) state[at] = byte;
          if (!isWhole) tracker.memory.write(0, state, 0, 1000);
          const snapshot = tracker.createDelta(isWhole ? state : undefined);
          if (isLost) continue;
          received = DeltaSnapshot.deserialize(snapshot.serialize()).apply(AGENT, sequence, received);
          sequence = snapshot.sequence;
          expect(received).toEqual(state);
          expect(tracker.acknowledge(sequence)).toBe(true);
        }
      }),
    );
  });

  it('a migrator follows several agents, and counts', () => {
    const migrator = new IncrementalMigrator(2);
    migrator.startTracking(AGENT, stateOf(1000), 10);
    migrator.startTracking(OTHER, stateOf(100));
    expect(() => migrator.startTracking(new Uint8Array(16).fill(9), stateOf(1))).toThrow('no room for more than 2 agents');
    expect(() => migrator.startTracking(AGENT, stateOf(1))).toThrow('followed already');
    migrator.markDirty(AGENT, 1);
    migrator.markRangeDirty(AGENT, 600, 10);
    const snapshot = migrator.createIncremental(AGENT);
    expect(snapshot.dirtyPageCount).toBe(2);
    expect([migrator.getSequence(AGENT), migrator.getSequence(OTHER)]).toEqual([2, 1]);
    expect(migrator.stats.incrementalCount).toBe(0);
    expect(migrator.acknowledge(AGENT, snapshot, 5)).toBe(true);
    expect(migrator.acknowledge(AGENT, snapshot, 5)).toBe(false);
    expect([migrator.stats.fullCount, migrator.stats.fullBytes, migrator.stats.incrementalCount]).toEqual([2, 1100, 1]);
    expect(migrator.stopTracking(OTHER)).toBe(true);
    expect([migrator.isTracking(AGENT), migrator.isTracking(OTHER)]).toEqual([true, false]);
    expect(() => migrator.createIncremental(OTHER)).toThrow('not followed');
    migrator.reset();
    expect([migrator.isTracking(AGENT), migrator.getSequence(AGENT), migrator.stats.fullCount]).toEqual([false, undefined, 0]);
  });
});

describe('none of the faults of the origin', () => {
  it('apply does not change the base, whether it succeeds or fails', () => {
    const base = stateOf(600);
    const good = DeltaSnapshot.create(
      AGENT,
      1,
      2,
      base,
      stateOf(600, [
        [5, 1],
        [500, 2],
      ]),
    );
    good.apply(AGENT, 1, base);
    expect(base).toEqual(stateOf(600));
    const wrong = stateOf(600, [[100, 77]]);
    expect(() => good.apply(AGENT, 1, wrong)).toThrow('another content');
    expect(wrong).toEqual(stateOf(600, [[100, 77]]));
  });

  it('a page index past the end is refused, not a crash', () => {
    // A run of 1 granule, 150 granules from the start: the state has 150.
    expect(() => DeltaSnapshot.deserialize(withPayload([0xb1, 0x09, 1, 2, 3, 4, 0]))).toThrow('passes the end of the state');
    expect(() => DeltaSnapshot.deserialize(withPayload([0xf9, 0xff, 0xff, 0x7f, 1, 2, 3, 4, 0]))).toThrow('passes the end of the state');
  });

  it('a payload cannot exceed its page', () => {
    expect(() => DeltaSnapshot.deserialize(withPayload([8, 65, ...new Array<number>(260).fill(0), 0]))).toThrow('crosses a page');
    expect(() => DeltaSnapshot.deserialize(withPayload([0xfa, 0x03, ...new Array<number>(8).fill(0), 0]))).toThrow('crosses a page');
  });

  it('the agent is checked', () => {
    const snapshot = DeltaSnapshot.create(AGENT, 1, 2, stateOf(10), stateOf(10, [[0, 9]]));
    expect(() => snapshot.apply(OTHER, 1, stateOf(10))).toThrow('another agent');
    expect(() => DeltaSnapshot.create(new Uint8Array(15), 1, 2, stateOf(10), stateOf(10))).toThrow('16 bytes, not 15');
  });

  it('the sequence is checked', () => {
    for (const [base, sequence] of [
      [2, 2],
      [3, 2],
      [-1, 2],
      [0.5, 2],
      [1, 2 ** 53],
    ] as const) {
      expect(() => DeltaSnapshot.create(AGENT, base, sequence, stateOf(10), stateOf(10))).toThrow(RangeError);
    }
    const bytes = DeltaSnapshot.create(AGENT, 1, 2, stateOf(10), stateOf(10)).serialize();
    bytes[33] = 3;
    expect(() => DeltaSnapshot.deserialize(reseal(bytes))).toThrow('name different states');
    bytes[40] = 1;
    expect(() => DeltaSnapshot.deserialize(reseal(bytes))).toThrow('2^53 - 1');
  });

  it('the base is checked: its sequence and its content', () => {
    const snapshot = DeltaSnapshot.create(AGENT, 4, 5, stateOf(10), stateOf(10, [[0, 9]]));
    expect(() => snapshot.apply(AGENT, 3, stateOf(10))).toThrow('builds on sequence 4');
    expect(() => snapshot.apply(AGENT, 4, stateOf(10, [[8, 1]]))).toThrow('another content');
  });

  it('a size in the message allocates nothing', () => {
    for (const [size, error] of [
      [0xffffffff, 'a state has 1 to'],
      [0, 'a state has 1 to'],
    ] as const) {
      const bytes = DeltaSnapshot.create(AGENT, 1, 2, stateOf(10), stateOf(10)).serialize();
      for (let i = 0; i < 4; i++) bytes[21 + i] = (size >>> (8 * i)) & 0xff;
      expect(() => DeltaSnapshot.deserialize(reseal(bytes))).toThrow(error);
    }
    const large = DeltaSnapshot.create(AGENT, 1, 2, stateOf(10), stateOf(10)).serialize();
    large[24] = 1;
    large[21] = 0;
    const snapshot = DeltaSnapshot.deserialize(reseal(large));
    expect([snapshot.sizeBytes, snapshot.pages.length]).toEqual([16 * 1024 * 1024, 0]);
    expect(() => snapshot.apply(AGENT, 1, stateOf(10))).toThrow('for a state of 16777216 bytes, the base has 10');
  });

  it('a base that is longer or shorter than the state is refused, not filled or left uncut', () => {
    const snapshot = DeltaSnapshot.create(AGENT, 1, 2, stateOf(300), stateOf(300, [[0, 9]]));
    for (const size of [299, 301, 4096]) expect(() => snapshot.apply(AGENT, 1, stateOf(size))).toThrow('for a state of 300 bytes');
    expect(() => DeltaSnapshot.create(AGENT, 1, 2, stateOf(300), stateOf(301))).toThrow('keeps its size');
  });

  it('the checksum tells [2, 0] from [0, 1]', () => {
    const zeros = new Uint8Array(2);
    const one = DeltaSnapshot.create(AGENT, 1, 2, zeros, Uint8Array.of(2, 0));
    const two = DeltaSnapshot.create(AGENT, 1, 2, zeros, Uint8Array.of(0, 1));
    expect(one.digest).not.toBe(two.digest);
    expect(hashBytes(Uint8Array.of(2, 0), 0, 2)).not.toBe(hashBytes(Uint8Array.of(0, 1), 0, 2));
  });

  it('the checksum sees trailing zeros', () => {
    for (let count = 1; count < 12; count++) {
      const bytes = new Uint8Array(20).fill(7, 0, 5);
      expect(hashBytes(bytes, 0, 5 + count)).not.toBe(hashBytes(bytes, 0, 5 + count - 1));
    }
    const whole = DeltaSnapshot.create(AGENT, 1, 2, stateOf(10), stateOf(10)).serialize();
    expect(() => DeltaSnapshot.deserialize(Uint8Array.from([...whole, 0]))).toThrow('the seal does not fit');
    const inside = Uint8Array.from([...whole.slice(0, -4), 0, ...whole.slice(-4)]);
    expect(() => DeltaSnapshot.deserialize(reseal(inside))).toThrow('bytes follow the end of the delta');
  });

  it('the checksum covers the header: every flip of one bit is refused', () => {
    const bytes = DeltaSnapshot.create(AGENT, 1, 2, stateOf(600), stateOf(600, [[300, 1]])).serialize();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => DeltaSnapshot.deserialize(bytes)).toThrow('delta snapshot');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });

  it('the marks are read: what is marked is what is sent, without a comparison', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    tracker.markDirty(1);
    tracker.memory.setU8(3, 99);
    const snapshot = tracker.createDelta();
    expect(snapshot.pages.map((page) => [page.index, page.changedBytes])).toEqual([
      [0, 4],
      [1, 256],
    ]);
  });

  it('no copy of the last state is kept', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(32_768));
    const taken = tracker.memory.bytes.buffer.byteLength;
    expect(taken).toBe(memoryCost({ sizeBytes: 32_768, copyCount: 0 }).totalBytes);
    expect(taken).toBeLessThan(32_768 * 1.05);
  });

  it('the baseline moves with the acknowledgement, so that lost deltas cost nothing but traffic', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    for (let lost = 1; lost <= 3; lost++) {
      tracker.memory.setU8(lost * 200, 77);
      const snapshot = tracker.createDelta();
      expect([snapshot.baseSequence, snapshot.sequence]).toEqual([1, 1 + lost]);
    }
    const last = tracker.createDelta();
    expect(last.apply(AGENT, 1, stateOf(1000))).toEqual(
      stateOf(1000, [
        [200, 77],
        [400, 77],
        [600, 77],
      ]),
    );
    expect(tracker.acknowledge(4)).toBe(false);
    expect(tracker.acknowledge(5)).toBe(true);
    expect(tracker.baseSequence).toBe(5);
  });

  it('the sequence does not move when making a delta fails', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    tracker.markDirty(0);
    expect(() => tracker.createDelta(stateOf(999))).toThrow('keeps its size');
    expect([tracker.sequence, tracker.baseSequence, tracker.dirtyPageCount]).toEqual([1, 1, 1]);
    expect(tracker.createDelta().sequence).toBe(2);
  });

  it('the first delta leaves no marks behind', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    tracker.markRangeDirty(0, 1000);
    tracker.acknowledge(tracker.createDelta().sequence);
    expect(tracker.dirtyPageCount).toBe(0);
    expect(tracker.createDelta().dirtyPageCount).toBe(0);
  });

  it('cut data is refused at every length', () => {
    const bytes = DeltaSnapshot.create(
      AGENT,
      1,
      2,
      stateOf(600),
      stateOf(600, [
        [10, 1],
        [300, 1],
      ]),
    ).serialize();
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.slice(0, length);
      expect(() => DeltaSnapshot.deserialize(cut)).toThrow('delta snapshot');
      if (length >= DELTA_AT + 4) expect(() => DeltaSnapshot.deserialize(reseal(cut))).toThrow('delta snapshot');
    }
  });

  it('statistics do not underflow when coding makes data longer', () => {
    const stats = new MigrationStats();
    stats.recordCompression(10, 60);
    expect([stats.savedBytes, stats.compressionRatio]).toEqual([-50, 6]);
    for (const bad of [-1, NaN, Infinity]) {
      expect(() => stats.recordFull(bad, 0)).toThrow(RangeError);
      expect(() => stats.recordIncremental(0, bad)).toThrow(RangeError);
      expect(() => stats.recordCompression(bad, 0)).toThrow(RangeError);
    }
    expect([stats.fullCount, stats.throughputBytesPerSecond]).toEqual([0, 0]);
  });

  it('full migrations do not dilute the compression ratio', () => {
    const stats = new MigrationStats();
    stats.recordCompression(1000, 100);
    stats.recordFull(1_000_000, 1000);
    stats.recordIncremental(100, 1000);
    expect(stats.compressionRatio).toBe(0.1);
    expect(stats.throughputBytesPerSecond).toBe(1_000_100 / 2);
  });

  it('a state of 100 bytes counts as 100', () => {
    const migrator = new IncrementalMigrator();
    migrator.startTracking(AGENT, stateOf(100), 1);
    migrator.acknowledge(AGENT, migrator.createIncremental(AGENT, stateOf(100, [[0, 1]])), 1);
    expect([migrator.stats.fullBytes, migrator.stats.uncompressedBytes]).toEqual([100, 100]);
  });

  it('a range of length 0 marks nothing', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    for (const offset of [0, 1, 256, 1000]) tracker.markRangeDirty(offset, 0);
    expect(tracker.dirtyPageCount).toBe(0);
  });

  it('offset + length cannot overflow', () => {
    const tracker = new DirtyPageTracker(AGENT, stateOf(1000));
    const max = Number.MAX_SAFE_INTEGER;
    for (const [offset, length] of [
      [max, 1],
      [1, max],
      [max, max],
      [4294967295, 2],
      [1000, 1],
      [-1, 2],
      [0, Infinity],
      [NaN, 1],
    ] as const) {
      expect(() => tracker.markRangeDirty(offset, length)).toThrow(RangeError);
    }
    expect(tracker.dirtyPageCount).toBe(0);
  });
});

describe('hostile snapshots', () => {
  it('I6: changed inside and sealed again, they are refused or lead to the state that they name, and never change a base', () => {
    const counts = { read: 0, refused: 0, applied: 0 };
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const base = stateOf(600);
    const whole = DeltaSnapshot.create(
      AGENT,
      1,
      2,
      base,
      stateOf(600, [
        [10, 1],
        [300, 1],
        [599, 2],
      ]),
    ).serialize();
    fc.assert(
      fc.property(edits, fc.boolean(), (list, isInPayload) => {
        const bytes = whole.slice();
        for (const [place, value] of list)
          bytes[isInPayload ? DELTA_AT + (place % (bytes.length - DELTA_AT)) : place % bytes.length] = value;
        reseal(bytes);
        let snapshot: DeltaSnapshot;
        try {
          snapshot = DeltaSnapshot.deserialize(bytes);
          counts.read++;
        } catch (error) {
          expect(String(error)).toContain('delta snapshot: ');
          counts.refused++;
          return;
        }
        try {
          snapshot.apply(AGENT, 1, base);
          counts.applied++;
        } catch (error) {
          expect(String(error)).toContain('delta snapshot: ');
        }
        expect(base).toEqual(stateOf(600));
      }),
      { numRuns: 1000 },
    );
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.read).toBeGreaterThan(10);
  });
});
