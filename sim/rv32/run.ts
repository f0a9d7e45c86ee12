// Runs a program that ends on the emulated RV32IMC board and gives what it printed, wrote and used, as runOnXs does on this machine.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleOptions } from '../xs/bundle.js';
import type { Counters, RunOptions, XsResult } from '../xs/run.js';
import { EMULATOR } from './build.js';
import { splitChannels } from './channels.js';
import { buildRv32Image, memoryOf, RAM_START, type Rv32Image } from './image.js';
import { runBlock } from './run-block.js';

const TIMEOUT_MS = 300_000;
/** Behind the board's RAM, for arguments and input. */
const RUN_BLOCK_BYTES_MAX = 16 << 20;

export type Rv32Options = RunOptions & {
  /**
   * Counts instructions, and lets virtual time follow them: every run is the same to the last digit. About 3 times slower than false,
   * where host.instructions() is NaN. Default true.
   */
  readonly icount?: boolean;
};

export type Rv32Result = XsResult & {
  /** From power on to the program's end, start of the machine and preloading included; undefined without icount. */
  readonly instructions: number | undefined;
};

/** Builds, links, runs once. Throws for what is wrong before the run and for a timeout; look at `exitCode` for the rest. */
export async function runOnRv32(options: BundleOptions & Rv32Options & { name?: string }): Promise<Rv32Result> {
  const memory = memoryOf(options.profile ?? 'board');
  const image = await buildRv32Image({ ...options, name: options.name ?? 'closed', memory, isClosed: true });
  return runImage(image, options);
}

/** Runs an image of a program that ends (`isClosed`) once more, with other arguments and input. */
export async function runImage(image: Rv32Image, options: Rv32Options = {}): Promise<Rv32Result> {
  const folder = await mkdtemp(join(tmpdir(), 'godwit-rv32-'));
  try {
    const block = join(folder, 'run');
    const bytes = runBlock(options.args ?? [], options.input, options.icount !== false);
    if (bytes.length > RUN_BLOCK_BYTES_MAX) throw new RangeError(`arguments and input take more than ${RUN_BLOCK_BYTES_MAX} bytes`);
    await writeFile(block, bytes);
    const line = join(folder, 'line');
    const ended = await execute(emulatorFlags(image, block, line, options.icount !== false), options.timeoutMs ?? TIMEOUT_MS, line);
    const { stdout, stderr, output, counters, instructions } = splitChannels(await readFile(line));
    return {
      exitCode: ended.exitCode,
      stdout,
      stderr: stderr + ended.stderr,
      output,
      counters: counters === '' ? undefined : (JSON.parse(counters) as Counters),
      instructions: instructions === '' ? undefined : Number(instructions),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// The line is a file: a pipe whose reader is slow is full after 280 single bytes, and QEMU drops what it cannot write.
function emulatorFlags(image: Rv32Image, block: string, line: string, icount: boolean): string[] {
  return [
    ...['-M', 'virt', '-m', `${(image.ramBytes + RUN_BLOCK_BYTES_MAX) >> 20}M`, '-bios', 'none', '-no-user-config', '-nodefaults'],
    ...['-display', 'none', '-monitor', 'none', '-serial', `file:${line}`, '-no-reboot'],
    ...(icount ? ['-icount', 'shift=0,sleep=off'] : []),
    ...['-kernel', image.path],
    ...['-device', `loader,file=${block},addr=0x${(RAM_START + image.ramBytes).toString(16)},force-raw=on`],
  ];
}

type Ended = { readonly exitCode: number; readonly stderr: string };

function execute(parameters: readonly string[], timeoutMs: number, line: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
    execFile(EMULATOR, parameters, options, async (error, _stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stderr });
      else if (error.killed) {
        const said = await readFile(line, 'latin1').catch(() => '');
        reject(new Error(`the emulated board was stopped after ${timeoutMs} ms: ${said.slice(-500)}`));
      } else if (typeof error.code === 'number') resolve({ exitCode: error.code, stderr });
      else reject(new Error(`${EMULATOR} ended by ${error.signal ?? error.code}: ${stderr.trim()}`));
    });
  });
}
