import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEspImage } from '../../host/flash/esp-image.js';
import { FlashError } from '../../host/flash/flash-error.js';
import { nvsPartition, readPartitionTable } from '../../host/flash/partition-table.js';
import { SlipReader, slipEncode } from '../../host/flash/slip.js';
import { espImage, partitionTable, SDK_PARTITIONS } from './support/esp-build.js';

const SEED = 20261122;
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

describe('an ESP image', () => {
  const image = fc.tuple(fc.constantFrom(0, 2, 5, 9, 13, 16), fc.array(bytes(200), { minLength: 1, maxLength: 16 }), fc.boolean());

  it(`is taken whole, and refused wherever it is cut off (seed ${SEED})`, () => {
    fc.assert(
      fc.property(image, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ([chipId, segments, digest], cut) => {
        const whole = espImage(chipId, segments, digest);
        expect(checkEspImage(whole, 'x').imageId).toBe(chipId);
        expect(() => checkEspImage(whole.subarray(0, Math.floor(cut * whole.length)), 'x')).toThrow(FlashError);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it(`with its digest is refused with any bit turned (seed ${SEED})`, () => {
    fc.assert(
      fc.property(image, fc.nat(), ([chipId, segments], draw) => {
        const whole = espImage(chipId, segments, true);
        const bit = draw % (whole.length * 8);
        // The byte that says whether a digest follows is the one that a digest cannot guard.
        fc.pre(bit >> 3 !== 23);
        whole[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => checkEspImage(whole, 'x')).toThrow(FlashError);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('a partition table', () => {
  const partition = fc.record({
    label: fc.stringMatching(/^[a-z_]{1,15}$/),
    type: fc.constantFrom(0, 1),
    subtype: fc.integer({ min: 0, max: 0x20 }),
    address: fc.integer({ min: 0, max: 0xffff }).map((sector) => sector * 4096),
    sizeBytes: fc.integer({ min: 1, max: 0xffff }).map((sectors) => sectors * 4096),
  });
  const list = fc.array(partition, { minLength: 1, maxLength: 90 });

  it(`gives its partitions back (seed ${SEED})`, () => {
    fc.assert(
      fc.property(list, (partitions) => {
        expect(readPartitionTable(partitionTable(partitions), 'x')).toEqual(partitions);
      }),
      { seed: SEED },
    );
    expect(nvsPartition(SDK_PARTITIONS)).toMatchObject({ label: 'nvs', address: 0x9000 });
  });

  it(`is refused with any bit of its entries turned, and never read beyond its end (seed ${SEED})`, () => {
    fc.assert(
      fc.property(list, fc.nat(), (partitions, draw) => {
        const table = partitionTable(partitions);
        const bit = draw % (partitions.length * 32 * 8);
        table[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => readPartitionTable(table, 'x')).toThrow(FlashError);
      }),
      { seed: SEED },
    );
    fc.assert(
      fc.property(bytes(4000), (noise) => {
        try {
          readPartitionTable(noise, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(FlashError);
        }
      }),
      { seed: SEED },
    );
  });
});

describe('SLIP', () => {
  it('is that of RFC 1055, with END at both ends', () => {
    expect(slipEncode(Buffer.from('01c002db03', 'hex')).toString('hex')).toBe('c001dbdc02dbdd03c0');
  });

  it(`gives packets back however they are cut, and finds the next one after any noise (seed ${SEED})`, () => {
    const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bytes(500), packets, fc.integer({ min: 1, max: 64 }), (noise, sent, cut) => {
        const stream = Buffer.concat([noise, ...sent.map(slipEncode)]);
        const reader = new SlipReader();
        const found: string[] = [];
        for (let at = 0; at < stream.length; at += cut)
          reader.read(stream.subarray(at, at + cut), (packet) => found.push(Buffer.from(packet).toString('hex')));
        expect(found.slice(-sent.length)).toEqual(sent.map((packet) => Buffer.from(packet).toString('hex')));
      }),
      { seed: SEED },
    );
  });
});
