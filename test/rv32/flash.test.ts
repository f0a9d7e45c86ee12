// The emulated board's flash: what is durable, and what a loss of power or bytes gone bad leave.
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BOARD_FOLDER } from '../../sim/rv32/build.js';
import { buildRv32Image, type Rv32Image } from '../../sim/rv32/image.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { REPOSITORY } from '../../sim/xs/bundle.js';
import { LineBoard } from './support/line-board.js';

const run = promisify(execFile);
const FLASH_BYTES = 32 << 20;
const LIVES = 12;
const PATTERN_WORDS = 1024;
const BLOCK_BYTES = 0x40000;
const MODEL_SEEDS = 3;

let folder = '';
let image: Rv32Image;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'godwit-flash-'));
  image = await buildRv32Image({ entry: 'test/rv32/programs/flash-journal.ts', name: 'flash-journal' });
}, BUILD_TIMEOUT_MS);
let board: LineBoard | undefined;
afterEach(() => board?.powerOff());
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newFlash(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '');
  await truncate(path, FLASH_BYTES);
  return path;
}

/** What is durable after the board's lines; and the write that may have been cut. */
class Journal {
  stored: Record<string, string> = {};
  pending: string | undefined;
  writeCount = 0;

  play(lines: readonly string[]): void {
    this.pending = undefined;
    for (const line of lines) {
      if (line.startsWith('> ')) this.pending = line;
      if (this.pending === undefined || line !== `< ${this.pending.split(' ')[1]}`) continue;
      this.stored = this.#after(this.pending);
      this.pending = undefined;
      this.writeCount++;
    }
  }

  /** The board starts again. */
  expect(found: Record<string, string>): void {
    const before = this.stored;
    const after = this.pending === undefined ? before : this.#after(this.pending);
    expect([sorted(before), sorted(after)]).toContainEqual(sorted(found));
    this.stored = found;
  }

  #after(line: string): Record<string, string> {
    const [, key, value] = line.split(' ');
    const { [key!]: _, ...others } = this.stored;
    return value === undefined ? others : { ...others, [key!]: value };
  }
}

const sorted = (stored: Record<string, string>): string[] =>
  Object.entries(stored)
    .map((entry) => entry.join(' '))
    .sort();

describe('the flash of the emulated board', () => {
  it('holds what was written, through losses of power at any moment', async () => {
    const flash = await newFlash('journal');
    const journal = new Journal();
    let tornCount = 0;
    for (let life = 0; life < LIVES; life++) {
      board = new LineBoard(image, flash);
      journal.expect(JSON.parse((await board.line(/^= /)).slice(2)) as Record<string, string>);
      const [, words, isErased] = (await board.line(/^~ /)).split(' ');
      if (Number(words) > 0 && Number(words) < PATTERN_WORDS) tornCount++;
      // A new file holds zeros; else the words before the cut are written, and those behind it are not.
      if (life > 0 && Number(words) > 0) expect(isErased).toBe('true');
      await board.line(/^< /);
      await delay(30 + Math.random() * 250);
      await board.powerOff();
      journal.play(board.lines);
    }
    expect(journal.writeCount).toBeGreaterThan(LIVES);
    expect(tornCount).toBeGreaterThan(0);
  }, 120_000);

  it('starts in a defined state from bytes that went bad', async () => {
    const flash = await newFlash('decayed');
    for (let decays = 0; decays < 4; decays++) {
      board = new LineBoard(image, flash);
      const stored = JSON.parse((await board.line(/^= /)).slice(2)) as Record<string, string>;
      // Every value says its number and its length is what was written: none is made of two.
      for (const value of Object.values(stored)) expect(value).toMatch(/^\d+:x*$/);
      const lineCount = board.lines.length;
      await board.line(/^< /, lineCount);
      await delay(200);
      await board.powerOff();
      await decay(flash, decays);
    }
  }, 60_000);

  it('keeps its promises when power is cut between any two words, and within one: the storage on a memory, against a model', async () => {
    const program = join(folder, 'kv-model');
    const sources = [join(REPOSITORY, 'test/rv32/native/kv-model.c'), ...['kv.c', 'kv-record.c'].map((name) => join(BOARD_FOLDER, name))];
    await run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-I', BOARD_FOLDER, ...sources, '-o', program]);
    for (let index = 0; index < MODEL_SEEDS; index++) {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const said = await run(program, [String(seed), '100']).catch((error: { stdout: string }) => error);
      const seen = JSON.parse(said.stdout.startsWith('{') ? said.stdout : `{"seed":${seed},"wrong":${JSON.stringify(said.stdout)}}`);
      expect(seen).toMatchObject({ cuts: expect.any(Number), fulls: expect.any(Number) });
      for (const counted of ['cuts', 'compactions', 'fulls', 'damaged', 'formats']) expect(seen[counted], counted).toBeGreaterThan(0);
    }
  }, 120_000);
});

/** Turns bits of the storage's two blocks; the third time every byte at the start of the first one. */
async function decay(path: string, kind: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  const turn = async (at: number, bits: number): Promise<void> => {
    await file.read(byte, 0, 1, at);
    byte[0] = byte[0]! ^ bits;
    await file.write(byte, 0, 1, at);
  };
  const count = kind === 2 ? 4096 : 1 + 10 * kind;
  for (let index = 0; index < count; index++) {
    const at = kind === 2 ? index : Math.floor(Math.random() * 3000) + (index % 2) * BLOCK_BYTES;
    await turn(at, 1 << Math.floor(Math.random() * 8));
  }
  await file.close();
}
