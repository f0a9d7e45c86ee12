import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { BAD_RUN, OK, OUT_OF_RANGE } from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import type { DeltaTarget } from '../../../src/delta/delta-target.js';
import { InPlaceTarget } from '../../../src/delta/in-place-target.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { SnapshotTarget } from '../../../src/delta/snapshot-target.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const memory = () => new PageMemory({ sizeBytes: 1001 });
const TARGETS: readonly (readonly [string, () => DeltaTarget])[] = [
  ['StagedTarget', () => new StagedTarget(memory(), new PagePool(4))],
  ['InPlaceTarget', () => new InPlaceTarget(memory())],
  ['SnapshotTarget', () => new SnapshotTarget(1001, 0)],
];

describe.each(TARGETS)('%s', (_name, make) => {
  it.each([
    ['an empty run', [[0, 0]], BAD_RUN],
    ['a negative length', [[0, -4]], BAD_RUN],
    ['half a granule', [[0, 2]], BAD_RUN],
    ['an offset inside a granule', [[2, 4]], BAD_RUN],
    [
      'a run before the last one',
      [
        [8, 4],
        [4, 4],
      ],
      BAD_RUN,
    ],
    [
      'a run over the last one',
      [
        [8, 8],
        [12, 4],
      ],
      BAD_RUN,
    ],
    [
      'a run in an earlier page',
      [
        [256, 4],
        [0, 4],
      ],
      BAD_RUN,
    ],
    ['a run over a page border', [[252, 8]], BAD_RUN],
    ['a run past the end', [[1000, 8]], OUT_OF_RANGE],
    ['a run behind the end', [[1004, 4]], OUT_OF_RANGE],
    [
      'runs that touch',
      [
        [0, 4],
        [4, 252],
        [256, 4],
        [1000, 4],
      ],
      OK,
    ],
  ] as [string, [number, number][], number][])('judges %s', (_what, runs, code) => {
    const target = make();
    target.begin(false);
    const data = new Uint8Array(256);
    const last = runs.length - 1;
    for (const [index, [offset, length]] of runs.entries()) {
      const isOpen = target.open(offset, length);
      expect(isOpen).toBe(index < last || code === OK);
      if (isOpen) target.put(data, 0, length);
    }
    expect(target.refusal).toBe(code);
  });
});

it('a target shows the base, and where pages were kept staged, those', () => {
  const head = memory();
  head.setU32(8, 0x01020304);
  for (const target of [new StagedTarget(head, new PagePool(4)), new InPlaceTarget(head)]) {
    target.begin(false);
    target.open(0, 4);
    expect([target.oldWord(8), target.oldByte(9), target.oldWord(512)]).toEqual([0x01020304, 3, 0]);
    target.put(Uint8Array.of(9, 0, 0, 0), 0, 4);
    target.finish();
  }
  const staged = new StagedTarget(memory(), new PagePool(4));
  staged.begin(false);
  staged.open(8, 4);
  staged.put(Uint8Array.of(1, 2, 3, 4), 0, 4);
  staged.suspend();
  staged.begin(true);
  staged.open(4, 4);
  expect([staged.oldWord(8), staged.oldByte(8)]).toEqual([0x04030201, 1]);
});

it('a codec is told to forget whatever the other side may not hold', () => {
  const calls: string[] = [];
  class Encoder extends StoredEncoder {
    override forget(): void {
      calls.push('encoder');
    }
  }
  class Decoder extends StoredDecoder {
    override forget(): void {
      calls.push('decoder');
    }
  }
  const told = (act: () => void): string[] => {
    calls.length = 0;
    act();
    return [...calls];
  };
  const board = new PageMemory({ sizeBytes: 1000, copyCount: 0 });
  const source = new DeltaSource(board, [new Encoder()]);
  const sink = new DeltaSink(new InPlaceTarget(memory()), [new Decoder()]);
  board.setU32(0, 1);
  board.setU32(256, 1);
  source.begin(1, 1, 0, 1);
  expect(told(() => source.bringBack())).toEqual(['encoder']);
  source.begin(1, 1, 0, 1);
  board.setU32(256, 2);
  expect(source.aborted).toBe(true);
  expect(told(() => source.begin(1, 1, 0, 2))).toEqual(['encoder']);
  expect(told(() => source.forgetHistory())).toEqual(['encoder']);
  sink.begin(1, 1, 0);
  expect(told(() => sink.suspend())).toEqual(['decoder']);
  sink.begin(1, 1, 0);
  expect(told(() => sink.drop())).toEqual(['decoder']);
  sink.begin(1, 1, 0);
  expect(told(() => sink.consume(Uint8Array.of(0x80), 0, 1))).toEqual(['decoder']);
  expect(told(() => sink.forgetHistory())).toEqual(['decoder']);
});
