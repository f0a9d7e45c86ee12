import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { deltaCheck } from '../../../src/delta/check.js';
import * as codes from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { InPlaceTarget } from '../../../src/delta/in-place-target.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
// Written by a program in another language, from the specification alone.
import fixtures from './fixtures/delta-1.json' with { type: 'json' };

type Fixture = (typeof fixtures.deltas)[number];

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function toHex(bytes: Uint8Array, count: number): string {
  let hex = '';
  for (let i = 0; i < count; i++) hex += bytes[i]!.toString(16).padStart(2, '0');
  return hex;
}

function baseOf(fixture: Fixture): PageMemory {
  const memory = new PageMemory({ sizeBytes: fixture.sizeBytes });
  for (const [offset, hex] of fixture.base as [number, string][]) memory.load(offset, fromHex(hex), 0, hex.length / 2);
  return memory;
}

function change(memory: PageMemory, fixture: Fixture): void {
  for (const [offset, hex] of fixture.changes as [number, string][]) {
    const bytes = fromHex(hex);
    const count = Math.min(bytes.length, memory.sizeBytes - offset);
    memory.markRangeDirty(offset, count);
    memory.write(offset, bytes, 0, count);
  }
}

describe.each(fixtures.deltas)('delta format 1: $name', (fixture) => {
  const { epoch, session, baseSequence, sequence } = fixture;

  it('is what the source writes', () => {
    const memory = baseOf(fixture);
    change(memory, fixture);
    const source = new DeltaSource(memory, [new StoredEncoder()]);
    expect(source.begin(epoch, session, baseSequence, sequence)).toBe(true);
    const out = new Uint8Array(1000);
    const count = source.produce(out, 0, 1000);
    expect(source.finished).toBe(true);
    expect(toHex(out, count)).toBe(fixture.message);
  });

  it('is what the sink reads, into either target', () => {
    const expected = baseOf(fixture);
    change(expected, fixture);
    const message = fromHex(fixture.message);
    for (const isStaged of [true, false]) {
      const memory = baseOf(fixture);
      const target = isStaged ? new StagedTarget(memory, new PagePool(4)) : new InPlaceTarget(memory);
      const sink = new DeltaSink(target, [new StoredDecoder()]);
      sink.begin(epoch, session, baseSequence);
      for (let i = 0; i < message.length; i++) expect(sink.consume(message, i, 1)).toBe(codes.OK);
      expect([sink.finish(), sink.sequence]).toEqual([codes.OK, sequence]);
      sink.apply();
      expect(memory.bytes.slice(0, memory.sizeBytes)).toEqual(expected.bytes.slice(0, memory.sizeBytes));
      expect(memory.digest).toBe(sink.digest);
    }
  });
});

it.each(fixtures.refusals)('delta format 1 refuses $name: $code', ({ sizeBytes, message, code }) => {
  const memory = new PageMemory({ sizeBytes });
  const pool = new PagePool(4);
  const sink = new DeltaSink(new StagedTarget(memory, pool), [new StoredDecoder()]);
  sink.begin(1, 1, 0);
  const bytes = fromHex(message);
  sink.consume(bytes, 0, bytes.length);
  expect(codes.deltaCodeText(sink.finish())).toBe(codes.deltaCodeText((codes as unknown as Record<string, number>)[code]!));
  expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
  expect(pool.freeCount).toBe(4);
});

it.each(fixtures.deltas)('delta format 1 refuses every flip of one bit of $name', (fixture) => {
  const head = baseOf(fixture);
  const before = head.bytes.slice();
  const sink = new DeltaSink(new StagedTarget(head, new PagePool(4)), [new StoredDecoder()]);
  const message = fromHex(fixture.message);
  for (let bit = 0; bit < message.length * 8; bit++) {
    message[bit >> 3]! ^= 1 << (bit & 7);
    sink.begin(fixture.epoch, fixture.session, fixture.baseSequence);
    sink.consume(message, 0, message.length);
    if (sink.finish() === codes.OK) throw new Error(`the flip of bit ${bit} was not seen`);
    message[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect(head.bytes).toEqual(before);
});

describe('deltaCheck', () => {
  it('has the values that another program computed from the specification', () => {
    expect(deltaCheck(0x10, 0xdeadbeef, 1, 2, 3, 4)).toBe(1598617736);
    expect(deltaCheck(8, 0, 2 ** 53 - 1, 2 ** 40 + 5, 2 ** 53 - 2, 2 ** 53 - 1)).toBe(4107347082);
  });

  it('changes with each of its numbers, above 32 bits too', () => {
    const numbers = [0x10, 7, 1, 2, 3, 4];
    const check = (values: readonly number[]) => deltaCheck(values[0]!, values[1]!, values[2]!, values[3]!, values[4]!, values[5]!);
    const seen = new Set([check(numbers)]);
    for (let i = 0; i < 6; i++) {
      for (const step of i < 2 ? [1, 2 ** 31] : [1, 2 ** 31, 2 ** 32, 2 ** 52]) {
        seen.add(check(numbers.map((value, index) => (index === i ? value + step : value))));
      }
    }
    expect(seen.size).toBe(1 + 2 * 2 + 4 * 4);
    expect(deltaCheck(0, 1, 2, 3, 4, 5)).not.toBe(deltaCheck(0, 1, 3, 2, 4, 5));
  });
});
