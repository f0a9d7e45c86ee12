import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const SECTOR_BYTES = 0x1000;
const APP_ALIGNMENT = 0x10000;
/** The bootloader and the table itself lie before it (ESP-IDF, "Partition Tables"). */
const FIRST_OFFSET = 0x9000;
const FLASH_BYTES = 4 << 20;

const rows = readFileSync('firmware/partitions.csv', 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => line.split(',').map((cell) => cell.trim()))
  .map(([name, type, subtype, offset, size]) => ({ name, type, subtype, offset: Number(offset), sizeBytes: Number(size) }));

test('partitions lie one after the other, on sectors, in 4 MB', () => {
  let end = FIRST_OFFSET;
  for (const { name, type, offset, sizeBytes } of rows) {
    expect(offset, name).toBe(type === 'app' ? Math.ceil(end / APP_ALIGNMENT) * APP_ALIGNMENT : end);
    expect(sizeBytes % SECTOR_BYTES, name).toBe(0);
    expect(sizeBytes, name).toBeGreaterThan(0);
    end = offset + sizeBytes;
  }
  expect(end).toBeLessThanOrEqual(FLASH_BYTES);
});

test('there is one for the key-values, one for the app, and the one that the firmware opens by its label', () => {
  expect(rows.map(({ name, type, subtype }) => `${name}: ${type} ${subtype}`)).toEqual([
    'nvs: data nvs',
    'phy_init: data phy',
    'factory: app factory',
    'godwit: data undefined',
  ]);
  expect(readFileSync('firmware/sdk-platform.ts', 'utf8')).toContain(`const PARTITION = 'godwit';`);
});
