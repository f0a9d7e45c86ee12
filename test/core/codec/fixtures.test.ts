import { describe, expect, it } from 'vitest';
import { AdaptiveEncoder } from '../../../src/codec/adaptive-encoder.js';
import { STORED_CODEC_ID } from '../../../src/codec/stored.js';
import { FLAG_CODEC_MASK, FLAG_HISTORY_RESTART } from '../../../src/delta/delta-format.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
// One link's deltas in their order, in the format of version 1. What a released decoder reads must not change.
import fixture from './fixtures/modelled-1.json' with { type: 'json' };
import { ReferenceDecoder } from './reference.js';

function fromHex(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

describe('payload format 1', () => {
  it('is what the encoder writes', () => {
    const memory = new PageMemory({ sizeBytes: fixture.sizeBytes });
    const encoder = new AdaptiveEncoder();
    const out = new Uint8Array(fixture.sizeBytes);
    for (const { name, changes, flags, stream } of fixture.deltas) {
      for (const [offset, hex] of changes as [number, string][]) memory.write(offset, Uint8Array.from(fromHex(hex)), 0, hex.length / 2);
      memory.capture();
      expect(encoder.begin(memory.runs, memory), name).toBe(flags);
      let count = 0;
      while (!encoder.done) count += encoder.produce(out, count, 1);
      memory.release();
      expect([...out.subarray(0, count)], name).toEqual(fromHex(stream));
    }
  });

  it('is what a decoder written from the specification reads', () => {
    const reference = new ReferenceDecoder();
    const state = new DataView(new ArrayBuffer(fixture.sizeBytes));
    let modelled = 0;
    for (const { name, changes, flags, stream } of fixture.deltas) {
      if ((flags & FLAG_HISTORY_RESTART) !== 0) reference.restart();
      const isStored = (flags & FLAG_CODEC_MASK) === STORED_CODEC_ID;
      const decoded = isStored ? undefined : reference.decode(fromHex(stream));
      for (const [address, word] of decoded?.granules ?? []) state.setUint32(address * 4, word, true);
      if (decoded !== undefined) modelled++;
      for (const [offset, hex] of changes as [number, string][]) {
        fromHex(hex).forEach((byte, i) => {
          if (isStored) state.setUint8(offset + i, byte);
          expect(state.getUint8(offset + i), name).toBe(byte);
        });
        for (let at = offset; isStored && at < offset + hex.length / 2; at += 4) reference.note(at / 4, state.getUint32(at, true));
      }
    }
    expect(modelled).toBeGreaterThan(8);
  });
});
