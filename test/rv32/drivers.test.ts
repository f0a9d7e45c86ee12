// The emulated board's drivers, in the shape that the firmware knows from ECMA-419.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRv32Image } from '../../sim/rv32/image.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { LineBoard } from './support/line-board.js';

const FLASH_BYTES = 32 << 20;
const BLOCK_BYTES = 0x40000;

let folder = '';
let board: LineBoard;
let results: Record<string, unknown>;
beforeAll(async () => {
  const image = await buildRv32Image({ entry: 'test/rv32/programs/drivers.ts', name: 'drivers', memory: 'esp32' });
  folder = await mkdtemp(join(tmpdir(), 'godwit-drivers-'));
  const flash = join(folder, 'flash');
  await writeFile(flash, '');
  await truncate(flash, FLASH_BYTES);
  board = new LineBoard(image, flash);
  results = JSON.parse(await board.line(/^\{/)) as Record<string, unknown>;
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await board.powerOff();
  await rm(folder, { recursive: true, force: true });
});

describe('the drivers of the emulated board', () => {
  it('keep values by domain and key', () => {
    expect(results).toMatchObject({ absent: null, one: [1, 2, 3], two: [9], intoCount: 2, into: [1, 2], otherOne: [7] });
    expect((results.keys as string[]).sort()).toEqual(['one', 'two']);
    expect(results.keysLeft).toEqual(['two']);
  });

  it('refuse keys and values that NVS would not take', () => {
    for (const name of ['longKey', 'emptyKey', 'slashKey', 'longValue']) expect(results[name], name).toMatch(/^RangeError: /);
    expect(results.noBytes).toMatch(/^TypeError: /);
  });

  it('program flash as a chip does: ones to zeros, in words, inside the partition', () => {
    expect(results.status).toEqual({ size: 4 * BLOCK_BYTES, blockLength: BLOCK_BYTES, blocks: 4, writeAlign: 4, eraseValue: 0xff });
    expect(results.anded).toEqual([0x30, 1, 2, 3, 0xff, 0xff]);
    for (const name of ['unaligned', 'halfWord', 'outside', 'negative', 'noBlock', 'noPartition', 'intoStorage']) {
      expect(results[name], name).toMatch(/^RangeError: /);
    }
  });

  it('give the serial port to one, write all or nothing, and hand over what comes', async () => {
    expect(results).toMatchObject({ target: true, nothing: null });
    expect(results.second).toBe('Error: the serial port is in use');
    expect(results.wrongBaud).toMatch(/^RangeError: /);
    expect(results.tooMuch).toBe('Error: output full');
    board.send('gncvhs\x09');
    expect(await board.line(/^hodwit$/)).toBe('hodwit');
  });
});
