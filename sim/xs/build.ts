// Builds the XS host (sim/xs/host) for this machine. Objects are named by the hash of all that went into them, so that a second build
// compiles only what changed, and everything appears under its name by one rename, so that two builds at once cannot disturb each other.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lock.js';
import { XS_INTEGRITY, xsSources } from './source.js';

const run = promisify(execFile);

/** 32: the 16-byte slots of an ESP32. 64: 32-byte slots; good for what a program does, not for what it needs. */
export type WordBits = 32 | 64;
export type XsHost = { readonly path: string; readonly wordBits: WordBits };

/** How long a first build may take on a busy machine, fetching included. */
export const BUILD_TIMEOUT_MS = 300_000;

const HOST_FOLDER = fileURLToPath(new URL('./host/', import.meta.url));
const JOBS = 2;
const GCC_LINE = 'apt-get install -y gcc libc6-dev';
const MULTILIB_LINE = 'apt-get install -y gcc-multilib';

const DEFINES = [
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
    const flags = compileFlags(wordBits, xs);
    const objects = await plan(xs, flags, join(cache, 'objects'));
    const key = hash(objects.map((object) => basename(object.path)).join('\n'));
    const path = join(cache, `godwit-xs-m${wordBits}-${key}`);
    if (existsSync(path)) return { path, wordBits };
    const missing = objects.filter((object) => !existsSync(object.path));
    say(`compiling ${missing.length} of ${objects.length} files for ${wordBits} bits`);
    await compileAll(missing, flags, wordBits);
    await appear(path, (temporary) =>
      run('gcc', [...WORD_FLAGS[wordBits], ...objects.map((object) => object.path), '-lm', '-o', temporary]),
    );
    say(`built ${basename(path)}`);
    return { path, wordBits };
  });
}

function compileFlags(wordBits: WordBits, xs: string): string[] {
  return [
    ...WORD_FLAGS[wordBits],
    '-O2',
    '-D_GNU_SOURCE',
    '-D_FILE_OFFSET_BITS=64',
    '-DINCLUDE_XSPLATFORM',
    '-DXSPLATFORM="platform.h"',
    ...DEFINES.map((name) => `-D${name}=1`),
    '-I',
    HOST_FOLDER,
    ...['includes', 'platforms', 'sources'].flatMap((folder) => ['-isystem', join(xs, folder)]),
  ];
}

type CompiledFile = { readonly source: string; readonly path: string; readonly ours: boolean };

async function plan(xs: string, flags: readonly string[], folder: string): Promise<CompiledFile[]> {
  const ours = (await readdir(HOST_FOLDER)).sort();
  const text = (name: string): Promise<string> => readFile(join(HOST_FOLDER, name), 'utf8');
  // xsSnapshot.c needs a build with snapshots, which a board has not.
  const theirs = (await readdir(join(xs, 'sources'))).filter((name) => name.endsWith('.c') && name !== 'xsSnapshot.c').sort();
  const options = flags.filter((flag) => !flag.startsWith('/'));
  const common = [XS_INTEGRITY, ...options, await text('platform.h')];
  const headers = await Promise.all(ours.filter((name) => name.endsWith('.h')).map(text));
  const objectPath = (name: string, parts: readonly string[]): string =>
    join(folder, `${basename(name, '.c')}-${hash([...parts, name].join('\n'))}.o`);
  return [
    ...theirs.map((name) => ({ source: join(xs, 'sources', name), ours: false, path: objectPath(name, common) })),
    ...(await Promise.all(
      ours
        .filter((name) => name.endsWith('.c'))
        .map(async (name) => {
          const path = objectPath(name, [...common, ...headers, await text(name)]);
          return { source: join(HOST_FOLDER, name), ours: true, path };
        }),
    )),
  ];
}

async function compileAll(files: readonly CompiledFile[], flags: readonly string[], wordBits: WordBits): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) await compile(file, flags, wordBits);
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
}

async function compile(file: CompiledFile, flags: readonly string[], wordBits: WordBits): Promise<void> {
  const warnings = file.ours ? ['-Wall', '-Wextra', '-Werror'] : ['-w'];
  try {
    await appear(file.path, (temporary) => run('gcc', [...flags, ...warnings, '-c', file.source, '-o', temporary]));
  } catch (error) {
    const missing = (await canCompile(WORD_FLAGS[wordBits])) ? '' : `\nInstall it: ${wordBits === 32 ? MULTILIB_LINE : GCC_LINE}`;
    throw new Error(`cannot compile ${file.source}: ${(error as Error).message.trim()}${missing}`);
  }
}

/** Lets a file appear whole: `make` writes to a temporary name in the same folder, then it is renamed. */
async function appear(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
