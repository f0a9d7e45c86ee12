import { readFileSync, statSync } from 'node:fs';
import { filesOfBuild, type PlacedFile } from './build-folder.js';
import { CHIPS, type Chip, hexAddress } from './chips.js';
import { checkEspImage, IMAGE_MAGIC } from './esp-image.js';
import { FlashError } from './flash-error.js';
import { isApp, isPartitionTable, nvsPartition, PARTITION_TABLE_ADDRESS, type Partition, readPartitionTable } from './partition-table.js';

export const SECTOR_BYTES = 4096;
const FLASH_BYTES_MAX = 0x1000_0000;
const BOOTLOADER_ADDRESSES = [...new Set(CHIPS.map((chip) => chip.bootloaderAddress))];
/** Of the SDK's partition tables. */
const DEFAULT_APP_ADDRESS = 0x10000;

export interface FlashSegment {
  readonly address: number;
  readonly path: string;
  readonly bytes: Buffer;
}

/** What is to be written, checked as far as it can be without a board. */
export interface FlashPlan {
  /** By ascending address; no two share a sector, because a sector is erased as a whole. */
  readonly segments: readonly FlashSegment[];
  /** The chip of the images; undefined if there is none among the files. */
  readonly chip: Chip | undefined;
  /** Known if a partition table is among the files. */
  readonly nvs: Partition | undefined;
}

/**
 * @param what one build folder, or files with their addresses
 * @throws FlashError naming the file and what is wrong with it
 */
export function planFlash(what: string | readonly PlacedFile[]): FlashPlan {
  const files = typeof what === 'string' ? filesOfBuild(folder(what)) : what;
  const segments = files.map(readSegment).sort((a, b) => a.address - b.address);
  checkPlaces(segments);
  const table = segments.find(({ address }) => address === PARTITION_TABLE_ADDRESS);
  const partitions = table && isPartitionTable(table.bytes) ? readPartitionTable(table.bytes, table.path) : [];
  const nvs = nvsPartition(partitions);
  for (const segment of segments) checkPartitions(segment, partitions, nvs);
  const chip = chipOf(segments);
  for (const segment of segments) checkKind(segment, chip, partitions);
  return { segments, chip, nvs };
}

function folder(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return path;
  throw new FlashError(found ? `${path} is a file: say where it belongs, as 0x10000:${path}` : `there is no folder ${path}`);
}

function readSegment({ address, path }: PlacedFile): FlashSegment {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FlashError(`${path} is not to be read: ${(error as Error).message}`);
  }
  if (bytes.length === 0) throw new FlashError(`${path} is empty`);
  return { address, path, bytes };
}

function checkPlaces(segments: readonly FlashSegment[]): void {
  for (const [index, { address, path, bytes }] of segments.entries()) {
    if (address % SECTOR_BYTES !== 0)
      throw new FlashError(`${path} cannot go to ${hexAddress(address)}: a sector has ${SECTOR_BYTES} bytes`);
    if (address + bytes.length > FLASH_BYTES_MAX) throw new FlashError(`${path} at ${hexAddress(address)} ends beyond any flash`);
    const next = segments[index + 1];
    if (next !== undefined && sectorEnd(address + bytes.length) > next.address)
      throw new FlashError(
        `${path} at ${hexAddress(address)} with ${bytes.length} bytes reaches into ${next.path} at ${hexAddress(next.address)}`,
      );
  }
}

export function sectorEnd(address: number): number {
  return Math.ceil(address / SECTOR_BYTES) * SECTOR_BYTES;
}

function checkPartitions({ address, path, bytes }: FlashSegment, partitions: readonly Partition[], nvs: Partition | undefined): void {
  const home = partitions.find((partition) => address >= partition.address && address < partition.address + partition.sizeBytes);
  if (home !== undefined && address + bytes.length > home.address + home.sizeBytes)
    throw new FlashError(`${path} has ${bytes.length} bytes: more than partition "${home.label}" holds, ${home.sizeBytes}`);
  if (nvs !== undefined && address < nvs.address + nvs.sizeBytes && address + bytes.length > nvs.address)
    throw new FlashError(`${path} would overwrite the partition "${nvs.label}", in which the board keeps its identity`);
}

/** The bootloader and the application begin with 0xE9. */
function chipOf(segments: readonly FlashSegment[]): Chip | undefined {
  const images = segments
    .filter(({ bytes }) => bytes[0] === IMAGE_MAGIC)
    .map(({ path, bytes }) => ({ path, chip: checkEspImage(bytes, path) }));
  const [first, ...others] = images;
  const odd = others.find(({ chip }) => chip !== first?.chip);
  if (first && odd) throw new FlashError(`${first.path} is for ${first.chip.name}, ${odd.path} for ${odd.chip.name}`);
  return first?.chip;
}

/** What the chip will run, and the partition table, must be what they are taken for. */
function checkKind({ address, path, bytes }: FlashSegment, chip: Chip | undefined, partitions: readonly Partition[]): void {
  if (address === PARTITION_TABLE_ADDRESS) {
    readPartitionTable(bytes, path);
    return;
  }
  if (BOOTLOADER_ADDRESSES.includes(address)) {
    const place = checkEspImage(bytes, path).bootloaderAddress;
    if (place !== address)
      throw new FlashError(`${path} at ${hexAddress(address)}: the bootloader of ${chip?.name} belongs to ${hexAddress(place)}`);
    return;
  }
  const apps = partitions.length > 0 ? partitions.filter(isApp).map((partition) => partition.address) : [DEFAULT_APP_ADDRESS];
  if (apps.includes(address)) checkEspImage(bytes, path);
}
