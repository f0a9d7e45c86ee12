import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../sim/random.js';

export interface TablePartition {
  readonly label: string;
  readonly type: number;
  readonly subtype: number;
  readonly address: number;
  readonly sizeBytes: number;
}

/** The SDK's own partition table for 4 MiB of flash. */
export const SDK_PARTITIONS: readonly TablePartition[] = [
  { label: 'nvs', type: 1, subtype: 2, address: 0x9000, sizeBytes: 0x6000 },
  { label: 'phy_init', type: 1, subtype: 1, address: 0xf000, sizeBytes: 0x1000 },
  { label: 'factory', type: 0, subtype: 0, address: 0x10000, sizeBytes: 0x3f0000 },
];

/** A half that repeats and a half that does not: it deflates, but not to nothing. */
export function someBytes(count: number, seed: number): Buffer {
  const random = new Random(seed);
  return Buffer.from(Array.from({ length: count }, (_, at) => (at % 512 < 256 ? at & 0xff : random.below(256))));
}

/** An ESP image, as elf2image of esptool would make it. */
export function espImage(chipId: number, segments: readonly Buffer[], digest = true): Buffer {
  const header = Buffer.alloc(24);
  header.set([0xe9, segments.length, 2, 0x2f]);
  header.writeUInt32LE(0x40081234, 4);
  header.writeUInt16LE(chipId, 12);
  header[23] = digest ? 1 : 0;
  const parts: Buffer[] = [header];
  let checksum = 0xef;
  for (const [index, segment] of segments.entries()) {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(0x3f400020 + index * 0x10000, 0);
    head.writeUInt32LE(segment.length, 4);
    parts.push(head, segment);
    for (const byte of segment) checksum ^= byte;
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const closing = Buffer.alloc(16 - (length % 16));
  closing[closing.length - 1] = checksum;
  const body = Buffer.concat([...parts, closing]);
  return digest ? Buffer.concat([body, createHash('sha256').update(body).digest()]) : body;
}

/** A partition table, as gen_esp32part.py of ESP-IDF would make it. */
export function partitionTable(partitions: readonly TablePartition[]): Buffer {
  const entries = partitions.map(({ label, type, subtype, address, sizeBytes }) => {
    const entry = Buffer.alloc(32);
    entry.set([0xaa, 0x50, type, subtype]);
    entry.writeUInt32LE(address, 4);
    entry.writeUInt32LE(sizeBytes, 8);
    entry.write(label, 12, 'latin1');
    return entry;
  });
  const table = Buffer.concat(entries);
  const seal = Buffer.concat([Buffer.from('ebeb', 'hex'), Buffer.alloc(14, 0xff), createHash('md5').update(table).digest()]);
  return Buffer.concat([table, seal, Buffer.alloc(0xc00 - table.length - seal.length, 0xff)]);
}

export interface Build {
  readonly folder: string;
  readonly bootloader: Buffer;
  readonly table: Buffer;
  readonly app: Buffer;
}

/** A folder as the Moddable SDK leaves it in build/bin. */
export function moddableBuild(folder: string, chipId: number, appBytes = 60_000, partitions = SDK_PARTITIONS): Build {
  mkdirSync(folder, { recursive: true });
  const bootloader = espImage(chipId, [someBytes(9001, 1), someBytes(64, 2)]);
  const table = partitionTable(partitions);
  const app = espImage(chipId, [someBytes(appBytes, 3), someBytes(1003, 4)]);
  writeFileSync(join(folder, 'bootloader.bin'), bootloader);
  writeFileSync(join(folder, 'partition-table.bin'), table);
  writeFileSync(join(folder, 'xs_esp32.bin'), app);
  return { folder, bootloader, table, app };
}
