import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN, SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';

function line(...parts: (number[] | Uint8Array | string)[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    if (typeof part === 'string') for (let index = 0; index < part.length; index++) bytes.push(part.charCodeAt(index));
    else for (let index = 0; index < part.length; index++) bytes.push(part[index]!);
  }
  return new Uint8Array(bytes);
}

function encoded(frame: number[] | Uint8Array): Uint8Array {
  const out = new Uint8Array(SERIAL_BYTES_MAX);
  return out.slice(0, serialEncode(new Uint8Array(frame), 0, frame.length, out, 0));
}

/** Feeds in pieces of the given size; returns the frames found. */
function frames(framer: SerialFramer, bytes: Uint8Array, pieceBytes: number): number[][] {
  const found: number[][] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const count = Math.min(pieceBytes, bytes.length - at);
    let used = 0;
    while (used < count) {
      used += framer.feed(bytes, at + used, count - used);
      if (framer.frameBytes > 0) found.push(Array.from(framer.frame.slice(0, framer.frameBytes)));
    }
  }
  return found;
}

const HEARTBEAT = [0x4b, 0, 7, 1, 2, 3, 4];
const HELLO = [0x41, 0, 7, 1, 2, 3, 4];

describe('frames on a serial line', () => {
  it('finds every frame, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: FRAME_BYTES_MIN, maxLength: FRAME_BYTES_MAX }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (sent, pieceBytes) => {
          const framer = new SerialFramer();
          const found = frames(framer, line(...sent.map(encoded)), pieceBytes);
          expect(found).toEqual(sent.map((frame) => Array.from(frame)));
          expect(framer.skippedRuns).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('skips and counts boot messages and noise between frames; a hello after them is not lost', () => {
    const framer = new SerialFramer();
    const boot = 'ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n';
    const stream = line(encoded(HEARTBEAT), boot, encoded(HELLO), encoded(HEARTBEAT));
    expect(frames(framer, stream, 7)).toEqual([HEARTBEAT, HELLO, HEARTBEAT]);
    expect(framer.skippedRuns).toBe(1);
    expect(framer.skippedBytes).toBe(boot.length);
  });

  it('a run without end costs no memory and only itself', () => {
    const framer = new SerialFramer();
    const noise = new Uint8Array(5000).fill(0x55);
    expect(frames(framer, line(noise, [0], encoded(HEARTBEAT)), 64)).toEqual([HEARTBEAT]);
    expect(framer.frame.length).toBe(SERIAL_BYTES_MAX);
    expect(framer.skippedBytes).toBe(noise.length);
  });

  it('a torn frame is skipped, the next one found', () => {
    const framer = new SerialFramer();
    const torn = encoded(HEARTBEAT).slice(0, 3);
    expect(frames(framer, line(torn, [0], encoded(HEARTBEAT)), 2)).toEqual([HEARTBEAT]);
    framer.feed(torn, 0, torn.length);
    framer.reset();
    expect(frames(framer, encoded(HEARTBEAT), 100)).toEqual([HEARTBEAT]);
  });

  it('any bytes at all: no throw, no frame longer than a frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const frame of frames(new SerialFramer(), bytes, 50)) {
          expect(frame.length).toBeGreaterThanOrEqual(FRAME_BYTES_MIN);
          expect(frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
        }
      }),
      { numRuns: 60 },
    );
  });
});
