import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryCost } from '../../../src/memory/memory-layout.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

/** The link's three frames that may wait for an acknowledgement. */
const OUTBOX_BYTES = 3 * 280;

describe('memoryCost', () => {
  it('is what a memory really takes', () => {
    const options = fc.record({
      sizeBytes: fc.integer({ min: 1, max: 100_000 }),
      maskCount: fc.oneof(fc.nat(254), fc.nat(1000)),
      copyCount: fc.nat(20),
    });
    fc.assert(
      fc.property(options, (chosen) => {
        const memory = new PageMemory(chosen);
        const cost = memoryCost(chosen);
        expect(memory.bytes.buffer.byteLength).toBe(cost.totalBytes);
        expect(memory.hashes.buffer).toBe(memory.bytes.buffer);
        expect(cost.stateBytes).toBe(memory.pageCount * 256);
      }),
    );
  });

  it.each([2, 8, 16, 32, 64, 128, 1024, 8192])('with the outbox is within 2.2 % of a state of %i KiB and 2 KiB', (kib) => {
    const sizeBytes = kib * 1024;
    expect(memoryCost({ sizeBytes }).overheadBytes + OUTBOX_BYTES).toBeLessThanOrEqual(sizeBytes * 0.022 + 2048);
  });

  it.each([1, 32, 1024])('a head on the host, which needs few masks, is within 4 % of a state of %i KiB and 512 bytes', (kib) => {
    const sizeBytes = kib * 1024;
    expect(memoryCost({ sizeBytes, maskCount: 4, copyCount: 1 }).totalBytes).toBeLessThanOrEqual(sizeBytes * 1.04 + 512);
  });

  it.each([
    [{ sizeBytes: 0 }, 'sizeBytes'],
    [{ sizeBytes: 1.5 }, 'sizeBytes'],
    [{ sizeBytes: 16 * 1024 * 1024 + 1 }, 'sizeBytes'],
    [{ sizeBytes: NaN }, 'sizeBytes'],
    [{ sizeBytes: 1, maskCount: 65_535 }, 'maskCount'],
    [{ sizeBytes: 1, maskCount: -1 }, 'maskCount'],
    [{ sizeBytes: 1, copyCount: 5000 }, 'copyCount'],
  ])('refuses %j', (options, name) => {
    expect(() => new PageMemory(options)).toThrow(RangeError);
    expect(() => memoryCost(options)).toThrow(name);
  });

  it('takes the largest state', () => {
    const memory = new PageMemory({ sizeBytes: 16 * 1024 * 1024 });
    memory.setU8(16 * 1024 * 1024 - 1, 1);
    memory.capture();
    expect(memory.runs.next()).toBe(true);
    expect(memory.runs.offset).toBe(16 * 1024 * 1024 - 4);
  });
});
