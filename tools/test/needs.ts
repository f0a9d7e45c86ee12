import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from './run.js';

/** Something of the system that a tier cannot do without. */
export interface Need {
  readonly name: string;
  readonly packages: readonly string[];
  present(): Promise<boolean>;
}

const PROBE_TIMEOUT_MS = 20_000;
const APT_TIMEOUT_MS = 600_000;
// Debian keeps daemons such as mosquitto outside an ordinary user's PATH.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** PATH for the tests: the user's own, then the folders of system daemons. */
export const searchPath = [process.env.PATH ?? '', ...SYSTEM_FOLDERS].join(delimiter);

function onPath(command: string): boolean {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function command(name: string, packageName = name): Need {
  return { name, packages: [packageName], present: async () => onPath(name) };
}

/** Compiles and runs a 32-bit program: gcc alone says nothing about its 32-bit headers and libraries. */
async function compiles32Bit(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-m32-'));
  try {
    const source = join(folder, 'probe.c');
    const program = join(folder, 'probe');
    writeFileSync(source, '#include <stdio.h>\nint main(void) { return sizeof(void *) == 4 && puts("32") >= 0 ? 0 : 1; }\n');
    const probe = { timeoutMs: PROBE_TIMEOUT_MS, live: false };
    const compiled = await run('gcc', ['-m32', source, '-o', program, '-lm'], probe);
    return compiled.exitCode === 0 && (await run(program, [], probe)).exitCode === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles a program for a bare 32-bit RISC-V against picolibc; the compiler's package alone has no C library. */
async function compilesRv32(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-rv32-'));
  try {
    const source = join(folder, 'probe.c');
    writeFileSync(source, '#include <stdlib.h>\nint main(void) { return abs(0); }\n');
    const flags = ['--specs=picolibc.specs', '-march=rv32imc_zicsr', '-mabi=ilp32', '-c', source, '-o', join(folder, 'probe.o')];
    return (await run('riscv64-unknown-elf-gcc', flags, { timeoutMs: PROBE_TIMEOUT_MS, live: false })).exitCode === 0;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const needs = {
  gcc32: { name: 'gcc -m32', packages: ['gcc', 'libc6-dev', 'gcc-multilib'], present: compiles32Bit },
  gccRv32: {
    name: 'gcc for RV32 with picolibc',
    packages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
    present: compilesRv32,
  },
  make: command('make'),
  qemuRv32: command('qemu-system-riscv32', 'qemu-system-misc'),
  socat: command('socat'),
  mosquitto: command('mosquitto'),
  strace: command('strace'),
  zstd: command('zstd'),
  xdelta3: command('xdelta3'),
  lz4: command('lz4'),
} satisfies Record<string, Need>;

export async function missing(candidates: readonly Need[]): Promise<Need[]> {
  const found = await Promise.all(candidates.map((need) => need.present()));
  return candidates.filter((_, index) => !found[index]);
}

export function packagesOf(list: readonly Need[]): string[] {
  return [...new Set(list.flatMap((need) => need.packages))];
}

export function installLine(list: readonly Need[]): string {
  return `sudo apt-get install -y --no-install-recommends ${packagesOf(list).join(' ')}`;
}

export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get');
}

/** Installs what is missing: all at once, else with fresh package lists one need after another. Returns what apt-get complained about. */
export async function install(list: readonly Need[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: readonly string[]) =>
    run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { timeoutMs: APT_TIMEOUT_MS, live: false, env });
  const installArgs = ['install', '-y', '--no-install-recommends'];
  if ((await apt([...installArgs, ...packagesOf(list)])).exitCode === 0) return '';
  const update = await apt(['update']);
  let complaints = update.exitCode === 0 ? '' : update.output;
  for (const need of list) {
    const { exitCode, output } = await apt([...installArgs, ...need.packages]);
    if (exitCode !== 0) complaints += output;
  }
  return complaints;
}
