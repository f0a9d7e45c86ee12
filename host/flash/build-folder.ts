import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkEspImage } from './esp-image.js';
import { FlashError } from './flash-error.js';
import { appPartition, otaDataPartition, PARTITION_TABLE_ADDRESS, readPartitionTable } from './partition-table.js';

/** A file and the flash address that it belongs to. */
export interface PlacedFile {
  readonly address: number;
  readonly path: string;
}

const ARGS_FILES = ['flasher_args.json', 'flash_args'] as const;

/**
 * The files of a build: of ESP-IDF, which lists them in flasher_args.json or flash_args, or of the Moddable SDK's output folder
 * (build/bin/esp32/...), which holds copies of them without their addresses: those follow from the chip and the partition table.
 *
 * @throws FlashError if a file is missing, or a list is none
 */
export function filesOfBuild(folder: string): PlacedFile[] {
  const listed = ARGS_FILES.find((name) => existsSync(join(folder, name)));
  if (listed === 'flasher_args.json') return fromJson(folder, listed);
  if (listed === 'flash_args') return fromArguments(folder, listed);
  return fromModdable(folder);
}

function fromJson(folder: string, name: string): PlacedFile[] {
  const path = join(folder, name);
  let files: unknown;
  try {
    files = (JSON.parse(readFileSync(path, 'utf8')) as { flash_files?: unknown }).flash_files;
  } catch (error) {
    throw new FlashError(`${path} is not to be read: ${(error as Error).message}`);
  }
  if (typeof files !== 'object' || files === null) throw new FlashError(`${path} lists no "flash_files"`);
  return Object.entries(files).map(([address, file]) => placed(folder, path, address, file));
}

/** One "ADDRESS FILE" a line, after options of esptool. */
function fromArguments(folder: string, name: string): PlacedFile[] {
  const path = join(folder, name);
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== '' && !first!.startsWith('-'))
    .map(([address, file]) => placed(folder, path, address!, file));
}

function placed(folder: string, list: string, address: string, file: unknown): PlacedFile {
  if (!/^0x[0-9a-f]{1,8}$/i.test(address) || typeof file !== 'string' || file === '')
    throw new FlashError(`${list} places no file at "${address}"`);
  return { address: Number(address), path: join(folder, file) };
}

function fromModdable(folder: string): PlacedFile[] {
  const find = (name: string, ...others: string[]): string => {
    const found = [name, ...others].map((path) => join(folder, path)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    throw new FlashError(`${folder} holds no build: ${name} is not there (give the folder that mcconfig names after "Built files at")`);
  };
  const table = find('partition-table.bin', 'partition_table/partition-table.bin');
  const bootloader = find('bootloader.bin', 'bootloader/bootloader.bin');
  const app = find('xs_esp32.bin');
  const partitions = readPartitionTable(readFileSync(table), table);
  const place = appPartition(partitions);
  if (place === undefined) throw new FlashError(`${table} has no partition for an application`);
  const files = [
    { address: checkEspImage(readFileSync(bootloader), bootloader).bootloaderAddress, path: bootloader },
    { address: PARTITION_TABLE_ADDRESS, path: table },
    { address: place.address, path: app },
  ];
  const ota = otaDataPartition(partitions);
  const otaData = join(folder, 'ota_data_initial.bin');
  if (ota !== undefined && existsSync(otaData)) files.push({ address: ota.address, path: otaData });
  return files;
}
