import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { ESPLoader } from 'esptool-js';
import { listPorts, portTrouble } from '../transports/port-trouble.js';
import { type Chip, chipNamed, hexAddress } from './chips.js';
import { FlashError } from './flash-error.js';
import { type FlashPlan, type FlashSegment, sectorEnd } from './flash-plan.js';
import { LoaderLine, type UsbIds } from './loader-line.js';
import { nvsPartition, PARTITION_TABLE_ADDRESS, PARTITION_TABLE_BYTES_MAX, type Partition, readPartitionTable } from './partition-table.js';

export interface FlashJob {
  readonly port: string;
  /** Of the writing; the loader is always greeted at 115200. */
  readonly baud: number;
  /** The chip must be this one; without it, the one that the images are for. */
  readonly chip?: Chip | undefined;
  readonly eraseNvs?: boolean;
  readonly listener: FlashListener;
}

export interface FlashListener {
  /** The chip answered, its flash is known; nothing is written yet. */
  connected(board: FlashedBoard): void;
  /** @param writtenBytes of the file's own bytes */
  written(segment: FlashSegment, writtenBytes: number): void;
  verified(segment: FlashSegment, md5: string): void;
  /** The loader's own talk. */
  log(line: string): void;
}

export interface FlashedBoard {
  /** Such as "ESP32-C3 (QFN32) (revision v0.4)". */
  readonly chip: string;
  readonly mac: string;
  readonly flashBytes: number;
}

export interface FlashReport extends FlashedBoard {
  readonly port: string;
  readonly baud: number;
  readonly files: readonly { readonly path: string; readonly address: number; readonly sizeBytes: number; readonly md5: string }[];
  /** The partition with the board's identity; moved: the new partition table has it elsewhere; unknown: no table, old or new, has one. */
  readonly nvs: 'kept' | 'erased' | 'moved' | 'unknown';
  readonly milliseconds: number;
}

const ROM_BAUD = 115_200;
const CONNECT_ATTEMPTS = 7;
/** A greeting, the stub and the chip's facts take 2 s; the attempts without an answer 7 s. */
const CONNECT_MS_MAX = 40_000;
/** A sector's erasure takes 0.4 s at worst, a block is 16 KiB; the MD5 of a MiB 8 s at worst (esptool's own bounds). */
const SILENCE_MS_MAX = 30_000;
const MS_PER_BYTE_MAX = 60 / 1024;
const RESET_PULSE_MS = 100;

/**
 * Writes a plan to a board and lets the chip say by MD5 what its flash holds, then starts it.
 *
 * @throws FlashError with one line that says what to do
 */
export async function flash(plan: FlashPlan, job: FlashJob): Promise<FlashReport> {
  const line = new LoaderLine(job.port, await usbIdsOf(job.port));
  const startMs = performance.now();
  const writing = new Writing(plan, job, line);
  try {
    const report = await writing.run();
    return { ...report, milliseconds: Math.round(performance.now() - startMs) };
  } catch (error) {
    throw await explain(error, writing, line, job);
  } finally {
    await line.disconnect();
  }
}

/** One session with a chip's loader. */
class Writing {
  begun = false;
  synchronised = false;
  readonly #plan: FlashPlan;
  readonly #job: FlashJob;
  readonly #line: LoaderLine;
  readonly #loader: ESPLoader;
  #guard: NodeJS.Timeout | undefined;

  constructor(plan: FlashPlan, job: FlashJob, line: LoaderLine) {
    this.#plan = plan;
    this.#job = job;
    this.#line = line;
    const terminal = { clean: () => {}, write: () => {}, writeLine: (text: string) => job.listener.log(text) };
    this.#loader = new ESPLoader({ transport: line, baudrate: job.baud, romBaudrate: ROM_BAUD, terminal });
  }

  async run(): Promise<Omit<FlashReport, 'milliseconds'>> {
    try {
      this.#within(CONNECT_MS_MAX);
      const board = await this.#connect();
      this.#job.listener.connected(board);
      const oldNvs = await this.#nvsOfFlash();
      const place = this.#plan.nvs ?? oldNvs;
      this.#checkNvs(place);
      this.begun = true;
      if (this.#job.eraseNvs) await this.#erase(place!);
      const moved = oldNvs !== undefined && (oldNvs.address !== place?.address || oldNvs.sizeBytes !== place.sizeBytes);
      const nvs = place === undefined ? 'unknown' : this.#job.eraseNvs ? 'erased' : moved ? 'moved' : 'kept';
      const files = [];
      for (const segment of this.#plan.segments) files.push(await this.#write(segment));
      this.#within(SILENCE_MS_MAX);
      await this.#start();
      return { port: this.#job.port, baud: this.#job.baud, ...board, files, nvs };
    } finally {
      clearTimeout(this.#guard);
    }
  }

  async #connect(): Promise<FlashedBoard> {
    const loader = this.#loader;
    await loader.connect('default_reset', CONNECT_ATTEMPTS);
    this.synchronised = true;
    const wanted = this.#job.chip ?? this.#plan.chip;
    if (wanted !== undefined && chipNamed(loader.chip.CHIP_NAME) !== wanted)
      throw new FlashError(
        `the chip at ${this.#job.port} is an ${loader.chip.CHIP_NAME}; the image is for ${wanted.name}: nothing was written`,
      );
    if (loader.secureDownloadMode)
      throw new FlashError(
        `the chip at ${this.#job.port} is in secure download mode, in which nothing can be verified: nothing was written`,
      );
    const chip = await loader.chip.getChipDescription(loader);
    const mac = await loader.chip.readMac(loader);
    await loader.chip.postConnect?.(loader);
    await loader.runStub();
    // Without the stub the MD5 of the ROM is not understood by the library.
    if (!loader.IS_STUB) throw new FlashError(`there is no flasher stub for ${loader.chip.CHIP_NAME}: nothing was written`);
    if (this.#job.baud !== ROM_BAUD) await loader.changeBaud();
    const flashBytes = await this.#flashBytes();
    for (const { path, address, bytes } of this.#plan.segments)
      if (sectorEnd(address + bytes.length) > flashBytes)
        throw new FlashError(
          `${path} at ${hexAddress(address)} with ${bytes.length} bytes ends beyond the flash of ${flashBytes} bytes: nothing was written`,
        );
    return { chip, mac, flashBytes };
  }

  async #flashBytes(): Promise<number> {
    const id = await this.#loader.readFlashId();
    const size = /^(\d+)(KB|MB)$/.exec(this.#loader.DETECTED_FLASH_SIZES[(id >>> 16) & 0xff] ?? '');
    if (size === null) throw new FlashError(`the chip does not know its flash (id ${hexAddress(id >>> 0)}): nothing was written`);
    return Number(size[1]) * (size[2] === 'KB' ? 1024 : 1024 * 1024);
  }

  /** By the partition table that the board has now, if it has a sound one. */
  async #nvsOfFlash(): Promise<Partition | undefined> {
    try {
      const table = await this.#loader.readFlash(PARTITION_TABLE_ADDRESS, PARTITION_TABLE_BYTES_MAX);
      return nvsPartition(readPartitionTable(Buffer.from(table), 'the table'));
    } catch (error) {
      if (this.#line.failure !== undefined) throw error;
      return undefined;
    }
  }

  #checkNvs(nvs: Partition | undefined): void {
    if (nvs === undefined) {
      if (this.#job.eraseNvs)
        throw new FlashError('neither the files nor the board have a partition table with an NVS partition: nothing was written');
      return;
    }
    for (const { path, address, bytes } of this.#plan.segments)
      if (address < nvs.address + nvs.sizeBytes && address + bytes.length > nvs.address)
        throw new FlashError(
          `${path} would overwrite the partition "${nvs.label}", in which the board keeps its identity: nothing was written`,
        );
  }

  async #erase({ address, sizeBytes }: Partition): Promise<void> {
    const milliseconds = SILENCE_MS_MAX + sizeBytes * MS_PER_BYTE_MAX;
    this.#within(milliseconds);
    const place = new Uint8Array(8);
    const view = new DataView(place.buffer);
    view.setUint32(0, address, true);
    view.setUint32(4, sizeBytes, true);
    await this.#loader.checkCommand('erase a region', this.#loader.ESP_ERASE_REGION, place, 0, 0, milliseconds);
  }

  async #write(segment: FlashSegment): Promise<FlashReport['files'][number]> {
    const { listener } = this.#job;
    const { path, address, bytes } = segment;
    let md5 = '';
    const work = this.#loader.writeFlash({
      fileArray: [{ data: bytes, address }],
      flashMode: 'keep',
      flashFreq: 'keep',
      flashSize: 'keep',
      eraseAll: false,
      compress: true,
      reportProgress: (_index, sentBytes, compressedBytes) => {
        this.#within(SILENCE_MS_MAX + bytes.length * MS_PER_BYTE_MAX);
        listener.written(segment, Math.floor((bytes.length * sentBytes) / compressedBytes));
      },
      calculateMD5Hash: (image) => {
        md5 = createHash('md5').update(image).digest('hex');
        return md5;
      },
    });
    await work.catch((error: Error) => {
      throw new FlashError(
        `${path} at ${hexAddress(address)}: ${/MD5/.test(error.message) ? 'the flash holds something else' : error.message}`,
      );
    });
    listener.verified(segment, md5);
    return { path, address, sizeBytes: bytes.length, md5 };
  }

  /** EN low, then high, with IO0 high: the program starts. */
  async #start(): Promise<void> {
    await this.#line.setSignals(false, true);
    await new Promise((resolve) => setTimeout(resolve, RESET_PULSE_MS));
    await this.#line.setSignals(false, false);
  }

  /** A chip that goes on talking without getting anywhere would hold the library up. */
  #within(milliseconds: number): void {
    clearTimeout(this.#guard);
    const late = new FlashError(`the chip at ${this.#job.port} gets nowhere`);
    this.#guard = setTimeout(() => this.#line.fail(late), milliseconds);
  }
}

async function usbIdsOf(path: string): Promise<UsbIds> {
  try {
    const device = realpathSync(path);
    const { vendorId = '', productId = '' } = (await listPorts()).find((port) => port.path === device) ?? {};
    return vendorId === '' ? {} : { usbVendorId: Number.parseInt(vendorId, 16), usbProductId: Number.parseInt(productId, 16) };
  } catch {
    return {};
  }
}

async function explain(error: unknown, writing: Writing, line: LoaderLine, job: FlashJob): Promise<Error> {
  const cause = line.failure ?? error;
  if (!line.opened) return new FlashError(await portTrouble(job.port, cause));
  const text = cause instanceof Error ? cause.message.replace(/\s*\n\s*/g, ' ') : String(cause);
  if (writing.begun) return new FlashError(`${text}; the board is only partly written: run the same command again`);
  if (cause instanceof FlashError) return cause;
  if (writing.synchronised)
    return new FlashError(`the chip at ${job.port} answered, then no more (${text}): nothing was written; try again`);
  const heard = line.heardBytes > 0 ? 'something is sent, but by no loader' : 'nothing comes from it';
  return new FlashError(
    `no chip answers at ${job.port} (${heard}): hold the board's BOOT button, press and release RESET (or plug it in), let BOOT go, try again`,
  );
}
