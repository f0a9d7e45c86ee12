import { describe, expect, it } from 'vitest';
import type { FlashSegment } from '../../host/flash/flash-plan.js';
import { FlashProgress } from '../../host/flash/progress.js';

const SEGMENT: FlashSegment = { address: 0x10000, path: '/build/xs_esp32.bin', bytes: Buffer.alloc(100_000) };
const BOARD = { chip: 'ESP32-C3 (revision v0.4)', mac: '01:02:03:04:05:06', flashBytes: 4 * 1024 * 1024 };

function told(isTTY: boolean, quiet: boolean, columns = 60): string {
  let text = '';
  const stream = { isTTY, columns, write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream;
  const progress = new FlashProgress([SEGMENT], stream, quiet, false);
  progress.connected(BOARD);
  for (let bytes = 0; bytes <= SEGMENT.bytes.length; bytes += 1000) progress.written(SEGMENT, bytes);
  progress.verified(SEGMENT, 'd41d8cd98f00b204e9800998ecf8427e');
  return text;
}

describe('progress of a writing', () => {
  it('is a line that is redrawn on a terminal, never wider than it, with bytes, rate and time left', () => {
    const wide = told(true, false, 200);
    expect(wide).toMatch(/100 % {2}100000 bytes, [\d.]+ KiB\/s, 0 s left {2}xs_esp32\.bin at 0x10000/);
    for (const columns of [1, 20, 60]) {
      const drawn = told(true, false, columns).split('\r').slice(2, -1);
      expect(drawn.length).toBeGreaterThan(0);
      for (const line of drawn) expect(line.replace('\u001b[K', '').replace('\n', '').length).toBeLessThan(Math.max(columns, 2));
    }
  });

  it('is a line for each quarter of a file where there is no terminal', () => {
    const lines = told(false, false).trim().split('\n');
    expect(lines).toHaveLength(1 + 4 + 1);
    expect(lines[3]).toBe('xs_esp32.bin at 0x10000: 50000 of 100000 bytes');
    expect(lines.at(-1)).toBe('xs_esp32.bin at 0x10000: 100000 bytes verified, MD5 d41d8cd98f00b204e9800998ecf8427e');
  });

  it('is nothing beside JSON, except on a terminal', () => {
    expect(told(false, true)).toBe('');
    expect(told(true, true)).not.toBe('');
  });
});
