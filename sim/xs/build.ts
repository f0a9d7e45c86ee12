// Builds the XS host (sim/xs/host) for this machine.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lock.js';
import { appear, compileObjects, hash, planObjects } from './objects.js';
import { xsSources } from './source.js';

const run = promisify(execFile);

/** 32: the 16-byte slots of an ESP32. 64: 32-byte slots; good for what a program does, not for what it needs. */
export type WordBits = 32 | 64;
export type XsHost = { readonly path: string; readonly wordBits: WordBits };

/** How long a first build may take on a busy machine, fetching included. */
export const BUILD_TIMEOUT_MS = 300_000;

/** Our own C of the engine's host. */
export const HOST_FOLDER = fileURLToPath(new URL('./host/', import.meta.url));
const GCC_LINE = 'apt-get install -y gcc libc6-dev';
const MULTILIB_LINE = 'apt-get install -y gcc-multilib';

// -msse2 -mfpmath=sse: without them a 32-bit x86 computes doubles with 80 bits and differs from every board.
const WORD_FLAGS: Record<WordBits, string[]> = { 32: ['-m32', '-msse2', '-mfpmath=sse'], 64: ['-m64'] };

/** Where everything that is fetched or built is kept. */
export function cacheFolder(): string {
  const chosen = process.env.GODWIT_CACHE;
  return chosen ? join(chosen, 'xs') : fileURLToPath(new URL('../../.cache/xs/', import.meta.url));
}

function say(line: string): void {
  process.stderr.write(`xs: ${line}\n`);
}

async function canCompile(flags: readonly string[]): Promise<boolean> {
  const folder = await mkdtemp(join(cacheFolder(), 'probe-'));
  try {
    await writeFile(join(folder, 'probe.c'), '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n');
    await run('gcc', [...flags, 'probe.c', '-o', 'probe'], { cwd: folder });
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The word size that this machine's compiler can build: 32 with gcc-multilib, else 64; throws where there is no compiler. */
export async function availableWordBits(): Promise<WordBits> {
  await mkdir(cacheFolder(), { recursive: true });
  if (await canCompile(WORD_FLAGS[32])) return 32;
  if (await canCompile(WORD_FLAGS[64])) return 64;
  throw new Error(`no C compiler for the XS tier; install one: ${GCC_LINE} gcc-multilib`);
}

let building: Promise<XsHost> | undefined;

/**
 * Builds the host if it is not built yet (the first time about 20 s on 2 cores) and gives its path. Without gcc-multilib it builds for
 * 64 bits and says so; `wordBits: 32` insists. Errors name what is missing and the line that installs it.
 */
export async function buildXsHost(options: { wordBits?: WordBits } = {}): Promise<XsHost> {
  if (options.wordBits !== undefined) return buildFor(options.wordBits);
  building ??= availableWordBits().then((wordBits) => {
    if (wordBits === 64) say(`no 32-bit C library: slots are 32 bytes and figures are not a board's; install it: ${MULTILIB_LINE}`);
    return buildFor(wordBits);
  });
  return building;
}

async function buildFor(wordBits: WordBits): Promise<XsHost> {
  const cache = cacheFolder();
  await mkdir(join(cache, 'objects'), { recursive: true });
  return withLock(join(cache, 'build.lock'), async () => {
    const xs = await xsSources(cache, say);
    const wordFlags = WORD_FLAGS[wordBits];
    const toolchain = { command: 'gcc', flags: [...wordFlags, '-O2', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', ...engineFlags(xs)] };
    const objects = await planObjects(toolchain, xs, [HOST_FOLDER], join(cache, 'objects'));
    const key = hash(objects.map((object) => basename(object.path)).join('\n'));
    const path = join(cache, `godwit-xs-m${wordBits}-${key}`);
    if (existsSync(path)) return { path, wordBits };
    await compileObjects(
      toolchain,
      objects,
      (line) => say(`${line} for ${wordBits} bits`),
      () => missingLibrary(wordBits),
    );
    await appear(path, (temporary) => run('gcc', [...wordFlags, ...objects.map((object) => object.path), '-lm', '-o', temporary]));
    say(`built ${basename(path)}`);
    return { path, wordBits };
  });
}

async function missingLibrary(wordBits: WordBits): Promise<string> {
  return (await canCompile(WORD_FLAGS[wordBits])) ? '' : `\nInstall it: ${wordBits === 32 ? MULTILIB_LINE : GCC_LINE}`;
}

/** How the engine in `xs` is compiled, for whatever machine. */
export function engineFlags(xs: string): string[] {
  return [
    '-DINCLUDE_XSPLATFORM',
    '-DXSPLATFORM="platform.h"',
    ...ENGINE_DEFINES.map((name) => `-D${name}=1`),
    '-I',
    HOST_FOLDER,
    ...['includes', 'platforms', 'sources'].flatMap((folder) => ['-isystem', join(xs, folder)]),
  ];
}

const ENGINE_DEFINES = [
  'mxParse',
  'mxRun',
  'mxMetering',
  'mxInstrument',
  'mxBoundsCheck',
  'mxLockdown',
  'mxNoConsole',
  'mxRegExpUnicodePropertyEscapes',
  'mxStringNormalize',
  'mxMinusZero',
];
