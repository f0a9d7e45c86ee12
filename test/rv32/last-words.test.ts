// What ends a life of the emulated board is said on its UART, and kept in its flash: the next life knows it, also after a loss of power.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildRv32Image, type Rv32Image } from '../../sim/rv32/image.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { LineBoard } from './support/line-board.js';

const FLASH_BYTES = 32 << 20;
const START = /^the last life: /;

let image: Rv32Image;
beforeAll(async () => {
  image = await buildRv32Image({ entry: 'test/rv32/programs/stray.ts', name: 'stray' });
}, BUILD_TIMEOUT_MS);

let folder = '';
let flash = '';
let board: LineBoard;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'godwit-words-'));
  flash = join(folder, 'flash');
  await writeFile(flash, '');
  await truncate(flash, FLASH_BYTES);
  board = new LineBoard(image, flash);
  expect(await board.line(START)).toBe('the last life: ');
});
afterEach(async () => {
  await board.powerOff();
  await rm(folder, { recursive: true, force: true });
});

describe('the last words of the emulated board', () => {
  it.each([
    ['r', 'a read where nothing is', /trap: load access at 8[0-9a-f]{7}, value 00000000$/],
    ['w', 'a write into code', /trap: store access at 8[0-9a-f]{7}, value 80000000$/],
    ['s', 'a round that does not end', /watchdog: no end of a round for 8000 ms$/],
    ['t', 'an exception that nothing catches', /engine: unhandled exception: Error: as told$/],
  ])('%s: %s', async (order, _, words) => {
    board.send(order);
    const said = await board.line(/^godwit fault: /);
    expect(said).toMatch(words);
    const told = await board.line(START, board.lines.length);
    expect(told.slice('the last life: '.length)).toBe(said.slice('godwit fault: '.length));
    await board.powerOff();
    board = new LineBoard(image, flash);
    expect(await board.line(START)).toBe(told);
  });

  it('are none after a restart that the program asked for', async () => {
    board.send('b');
    expect(await board.line(START, board.lines.length)).toBe('the last life: ');
  });
});
