// Compiles the engine and the board's own C for RV32IMC, the instruction set of an ESP32-C3. What differs between images is linked by
// image.ts.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, engineFlags, HOST_FOLDER } from '../xs/build.js';
import { withLock } from '../xs/lock.js';
import { compileObjects, planObjects, type Toolchain } from '../xs/objects.js';
import { xsSources } from '../xs/source.js';

const run = promisify(execFile);

export const COMPILER = 'riscv64-unknown-elf-gcc';
export const EMULATOR = 'qemu-system-riscv32';
export const TOOLS_LINE = 'apt-get install -y qemu-system-misc gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf';

export const BOARD_FOLDER = fileURLToPath(new URL('./board/', import.meta.url));
/** Files of the engine's host that need a system with files and processes. */
const HOSTED = ['main.c', 'compile.c', 'pipe.c', 'image.S'];
// Debian's picolibc has no library of its own for rv32imc: it is compiled for that, and linked as rv32im.
const ABI = ['--specs=picolibc.specs', '-mabi=ilp32'];
const COMPILE_FLAGS = [...ABI, '-march=rv32imc_zicsr', '-Os', '-ffunction-sections', '-fdata-sections'];
export const LINK_FLAGS = [
  ...ABI,
  '-march=rv32im',
  '-nostartfiles',
  '-T',
  join(BOARD_FOLDER, 'board.ld'),
  '-Wl,--gc-sections,--no-warn-rwx-segments',
];
/** For image.S: the same instruction set as everything else. */
export const ASSEMBLE_FLAGS = ['-march=rv32imc_zicsr', '-mabi=ilp32'];

/** Where objects and images are kept. */
export function rv32Folder(): string {
  return join(cacheFolder(), '..', 'rv32');
}

function say(line: string): void {
  process.stderr.write(`rv32: ${line}\n`);
}

/** What is missing on this machine, as one error with the line that installs it. */
export async function requireTools(): Promise<void> {
  const probes = [run(COMPILER, ['--specs=picolibc.specs', '-E', '-x', 'c', '/dev/null']), run(EMULATOR, ['--version'])];
  const outcomes = await Promise.allSettled(probes);
  if (outcomes.every(({ status }) => status === 'fulfilled')) return;
  throw new Error(`the emulated board needs ${COMPILER} with picolibc, and ${EMULATOR}; install them: ${TOOLS_LINE}`);
}

let building: Promise<readonly string[]> | undefined;

/** Compiles what is not compiled yet (the first time about 20 s on 2 cores) and gives the objects' paths. */
export function buildRv32Objects(): Promise<readonly string[]> {
  building ??= build();
  building.catch(() => {
    building = undefined;
  });
  return building;
}

async function build(): Promise<readonly string[]> {
  await requireTools();
  const folder = rv32Folder();
  await mkdir(join(folder, 'objects'), { recursive: true });
  return withLock(join(folder, 'build.lock'), async () => {
    const xs = await xsSources(cacheFolder(), say);
    const toolchain: Toolchain = { command: COMPILER, flags: [...COMPILE_FLAGS, ...engineFlags(xs), '-I', BOARD_FOLDER] };
    const files = await planObjects(toolchain, xs, [HOST_FOLDER, BOARD_FOLDER], join(folder, 'objects'), HOSTED);
    await compileObjects(
      toolchain,
      files,
      (line) => say(`${line} for RV32`),
      async () => '',
    );
    return files.map(({ path }) => path);
  });
}
