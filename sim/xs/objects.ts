// Compiles C files to objects that are named by the hash of all that went into them, so that a second build compiles only what changed.
// Everything appears under its name by one rename, so that two builds at once cannot disturb each other.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { XS_INTEGRITY } from './source.js';

const run = promisify(execFile);
const JOBS = 2;

export type Toolchain = {
  readonly command: string;
  readonly flags: readonly string[];
};

export type CompiledFile = { readonly source: string; readonly path: string; readonly ours: boolean };

/** The engine's own files; xsSnapshot.c needs a build with snapshots, which a board has not. */
async function engineSources(xs: string): Promise<string[]> {
  const names = await readdir(join(xs, 'sources'));
  return names.filter((name) => name.endsWith('.c') && name !== 'xsSnapshot.c').sort();
}

async function filesOf(folders: readonly string[], endings: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(folders.map(async (folder) => (await readdir(folder)).sort().map((name) => join(folder, name))));
  return lists.flat().filter((path) => endings.some((ending) => path.endsWith(ending)));
}

/**
 * What has to be compiled: the engine in `xs` and our own C and assembler files in `folders`, without those named in `without`.
 * Every file of ours depends on all our headers; the engine on platform.h alone.
 */
export async function planObjects(
  toolchain: Toolchain,
  xs: string,
  folders: readonly string[],
  objectFolder: string,
  without: readonly string[] = [],
): Promise<CompiledFile[]> {
  const options = toolchain.flags.filter((flag) => !flag.startsWith('/'));
  const headers = await filesOf(folders, ['.h']);
  const text = (path: string): Promise<string> => readFile(path, 'utf8');
  const common = [XS_INTEGRITY, toolchain.command, ...options, ...(await Promise.all(headers.filter(isPlatform).map(text)))];
  const headerTexts = await Promise.all(headers.map(text));
  const objectPath = (source: string, parts: readonly string[]): string => {
    const name = basename(source);
    return join(objectFolder, `${name.replace(/\.[cS]$/, '')}-${hash([...parts, name].join('\n'))}.o`);
  };
  const theirs = (await engineSources(xs)).map((name) => join(xs, 'sources', name));
  const ours = (await filesOf(folders, ['.c', '.S'])).filter((path) => !without.includes(basename(path)));
  return [
    ...theirs.map((source) => ({ source, ours: false, path: objectPath(source, common) })),
    ...(await Promise.all(
      ours.map(async (source) => ({ source, ours: true, path: objectPath(source, [...common, ...headerTexts, await text(source)]) })),
    )),
  ];
}

function isPlatform(path: string): boolean {
  return basename(path) === 'platform.h';
}

/** Compiles what is not there yet. @throws Error with the compiler's words and `help()` */
export async function compileObjects(
  toolchain: Toolchain,
  files: readonly CompiledFile[],
  say: (line: string) => void,
  help: () => Promise<string>,
): Promise<void> {
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) return;
  say(`compiling ${missing.length} of ${files.length} files`);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let file = missing[next++]; file !== undefined; file = missing[next++]) await compile(toolchain, file, help);
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
}

async function compile({ command, flags }: Toolchain, file: CompiledFile, help: () => Promise<string>): Promise<void> {
  const warnings = file.ours ? ['-Wall', '-Wextra', '-Werror'] : ['-w'];
  try {
    await appear(file.path, (temporary) => run(command, [...flags, ...warnings, '-c', file.source, '-o', temporary]));
  } catch (error) {
    throw new Error(`cannot compile ${file.source}: ${(error as Error).message.trim()}${await help()}`);
  }
}

/** Lets a file appear whole: `make` writes to a temporary name in the same folder, then it is renamed. */
export async function appear(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
