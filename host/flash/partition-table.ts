import { createHash } from 'node:crypto';
import { FlashError } from './flash-error.js';

// ESP-IDF's partition table: entries of 32 bytes, then one with the MD5 of what stands before it, then 0xFF.
//
//   0..1       2     3        4..7     8..11  12..27  28..31
//   0xAA 0x50  type  subtype  address  size   label   flags
//   0xEB 0xEB  0xFF ...                       (16..31: MD5)

export const PARTITION_TABLE_ADDRESS = 0x8000;
export const PARTITION_TABLE_BYTES_MAX = 0xc00;
const ENTRY_BYTES = 32;
const ENTRY_MAGIC = 0x50aa;
const MD5_MAGIC = 0xebeb;
const TYPE_APP = 0;
const TYPE_DATA = 1;
const SUBTYPE_FACTORY = 0;
const SUBTYPE_OTA_0 = 0x10;
const SUBTYPE_DATA_OTA = 0;
const SUBTYPE_DATA_NVS = 2;

export interface Partition {
  readonly label: string;
  readonly type: number;
  readonly subtype: number;
  readonly address: number;
  readonly sizeBytes: number;
}

export function isPartitionTable(bytes: Buffer): boolean {
  return bytes.length >= ENTRY_BYTES && bytes.readUInt16LE(0) === ENTRY_MAGIC;
}

/** @throws FlashError if it is no partition table, or not whole */
export function readPartitionTable(bytes: Buffer, name: string): Partition[] {
  if (!isPartitionTable(bytes)) throw new FlashError(`${name} is no partition table: it does not begin with the bytes aa 50`);
  if (bytes.length > PARTITION_TABLE_BYTES_MAX)
    throw new FlashError(`${name} is no partition table: it has ${bytes.length} bytes, ${PARTITION_TABLE_BYTES_MAX} are the most`);
  const partitions: Partition[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const magic = bytes.readUInt16LE(at);
    if (magic === 0xffff) return partitions;
    if (magic === MD5_MAGIC) {
      const digest = createHash('md5').update(bytes.subarray(0, at)).digest();
      if (!digest.equals(bytes.subarray(at + 16, at + ENTRY_BYTES))) throw new FlashError(`${name} is damaged: its MD5 does not fit`);
      return partitions;
    }
    if (magic !== ENTRY_MAGIC) throw new FlashError(`${name} is damaged at byte ${at}: no partition stands there`);
    partitions.push({
      label: bytes.toString('latin1', at + 12, at + 28).replace(/\0.*$/s, ''),
      type: bytes[at + 2]!,
      subtype: bytes[at + 3]!,
      address: bytes.readUInt32LE(at + 4),
      sizeBytes: bytes.readUInt32LE(at + 8),
    });
  }
  return partitions;
}

export function isApp({ type }: Partition): boolean {
  return type === TYPE_APP;
}

/** Where the application goes: the factory partition, or the first of those for updates. */
export function appPartition(partitions: readonly Partition[]): Partition | undefined {
  const apps = partitions.filter(isApp);
  return apps.find(({ subtype }) => subtype === SUBTYPE_FACTORY) ?? apps.find(({ subtype }) => subtype === SUBTYPE_OTA_0);
}

/** Which application boots, where there is more than one. */
export function otaDataPartition(partitions: readonly Partition[]): Partition | undefined {
  return partitions.find(({ type, subtype }) => type === TYPE_DATA && subtype === SUBTYPE_DATA_OTA);
}

/** Where a board keeps its identity. */
export function nvsPartition(partitions: readonly Partition[]): Partition | undefined {
  return partitions.find(({ type, subtype }) => type === TYPE_DATA && subtype === SUBTYPE_DATA_NVS);
}
