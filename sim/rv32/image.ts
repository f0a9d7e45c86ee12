// Links a program into an image for the emulated board: engine, library and program in bytecode, creation values.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildXsHost } from '../xs/build.js';
import { type BundleOptions, bundleForXs } from '../xs/bundle.js';
import { compileBytecode } from '../xs/bytecode.js';
import { hash } from '../xs/objects.js';
import { type Memory, PROFILES } from '../xs/profiles.js';
import { ASSEMBLE_FLAGS, BOARD_FOLDER, buildRv32Objects, COMPILER, LINK_FLAGS, rv32Folder } from './build.js';

const run = promisify(execFile);

/** RAM of a board's machine, without the arena: code, the ROM machine's heap, C stack. QEMU's -m 16M. */
const BASE_RAM_BYTES = 15 << 20;
const KEEP_MS = 3_600_000;
const RAM_STEP_BYTES = 1 << 20;
export const RAM_START = 0x80000000;
// The parser of the engine is never used on a board.
const PARSER_WORDS = [4096, 1993];

export type ImageOptions = BundleOptions & {
  /** Creation values; default `board`. */
  readonly memory?: keyof typeof PROFILES | Memory;
  readonly name: string;
  /** A program that ends, started by runOnRv32; else the board lives on. */
  readonly isClosed?: boolean;
};

export type Rv32Image = {
  readonly path: string;
  readonly romBytes: number;
  readonly programBytes: number;
  /** QEMU's -m, without what a closed program has behind its RAM. */
  readonly ramBytes: number;
  readonly memory: Memory;
  /** The address of a symbol. */
  symbols(name: string): number | undefined;
};

/**
 * Builds what is not built yet and links; an image of the same inputs is taken from the cache. The engine's objects take some 20 s once, a
 * new program well below a second.
 * @throws Error naming the missing tools, or what does not resolve, parse or fit
 */
export async function buildRv32Image(options: ImageOptions): Promise<Rv32Image> {
  const objects = await buildRv32Objects();
  const [host, bundle] = await Promise.all([buildXsHost(), bundleForXs(options)]);
  const memory = memoryOf(options.memory ?? 'board');
  const board = await Promise.all(['image.S', 'board.ld'].map((name) => readFile(join(BOARD_FOLDER, name), 'utf8')));
  const shape = { memory, isClosed: options.isClosed === true, ramBytes: ramBytesFor(memory) };
  const key = hash(
    [
      ...objects,
      ...LINK_FLAGS.filter((flag) => !flag.startsWith('/')),
      ...board,
      host.path,
      bundle.rom ?? '',
      bundle.program,
      JSON.stringify(shape),
    ].join('\n'),
  );
  const folder = join(rv32Folder(), 'images', `${options.name}-${key}`);
  if (!existsSync(folder)) {
    await makeFolder(folder, (temporary) => link(temporary, objects, host.path, bundle, shape));
    await removeOld(options.name);
  }
  return openImage(folder, shape);
}

export function memoryOf(memory: keyof typeof PROFILES | Memory): Memory {
  return typeof memory === 'string' ? PROFILES[memory] : memory;
}

function ramBytesFor({ arenaBytes }: Memory): number {
  return BASE_RAM_BYTES + Math.ceil(arenaBytes / RAM_STEP_BYTES) * RAM_STEP_BYTES;
}

type Shape = { readonly memory: Memory; readonly isClosed: boolean; readonly ramBytes: number };
type Bundle = Awaited<ReturnType<typeof bundleForXs>>;

/** Images of a name that nobody can still be about to start. */
async function removeOld(name: string): Promise<void> {
  const images = join(rv32Folder(), 'images');
  for (const entry of await readdir(images)) {
    if (entry.slice(0, entry.lastIndexOf('-')) !== name) continue;
    const changedMs = await stat(join(images, entry)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - changedMs > KEEP_MS) await rm(join(images, entry), { recursive: true, force: true });
  }
}

async function makeFolder(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(join(rv32Folder(), 'images'), { recursive: true });
  const temporary = await mkdtemp(join(rv32Folder(), 'images', 'new-'));
  try {
    await make(temporary);
    await rename(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(path)) throw error; // another process was faster
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function link(folder: string, objects: readonly string[], host: string, bundle: Bundle, shape: Shape): Promise<void> {
  await compileBytecode(host, folder, 'program', bundle.program);
  if (bundle.rom === undefined) await writeFile(join(folder, 'rom.gxb'), '');
  else await compileBytecode(host, folder, 'rom', bundle.rom);
  const defines = [`-DGODWIT_CREATION=${creationWords(shape.memory).join(',')}`, `-DGODWIT_IS_CLOSED=${shape.isClosed ? 1 : 0}`];
  const options = { cwd: folder };
  await run(COMPILER, [...ASSEMBLE_FLAGS, ...defines, '-c', join(BOARD_FOLDER, 'image.S'), '-o', 'image.o'], options);
  const ram = `-Wl,--defsym,__ram_bytes=${shape.ramBytes}`;
  await run(COMPILER, [...LINK_FLAGS, ram, ...objects, 'image.o', '-lm', '-o', 'image.elf'], options);
  const { stdout } = await run(COMPILER.replace(/gcc$/, 'nm'), ['--defined-only', 'image.elf'], options);
  await writeFile(join(folder, 'image.sym'), stdout);
}

async function openImage(folder: string, { memory, ramBytes }: Shape): Promise<Rv32Image> {
  const sizeOf = async (name: string): Promise<number> => (await stat(join(folder, name))).size;
  const symbols = new Map<string, number>();
  for (const line of (await readFile(join(folder, 'image.sym'), 'utf8')).split('\n')) {
    const [address, , name] = line.split(' ');
    if (name !== undefined) symbols.set(name, Number.parseInt(address!, 16));
  }
  return {
    path: join(folder, 'image.elf'),
    romBytes: await sizeOf('rom.gxb'),
    programBytes: await sizeOf('program.gxb'),
    ramBytes,
    memory,
    symbols: (name) => symbols.get(name),
  };
}

/** txCreation's members in their order (xsAll.h). */
function creationWords({ arenaBytes, chunkBytes, slotCount, stackCount, keys }: Memory): number[] {
  return [...chunkBytes, ...slotCount, stackCount, ...keys, ...PARSER_WORDS, arenaBytes];
}
