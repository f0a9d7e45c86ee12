import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serialLine } from '../../host/demo/serial-line.js';
import { Backoff, RETRY_MAX_MS, RETRY_MIN_MS } from '../../host/transports/backoff.js';
import { SERIAL_UNSENT_BYTES_MAX, SerialTransport } from '../../host/transports/serial.js';
import { FRAME_BYTES_MAX, SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';
import { Recorder, until } from './support/recorder.js';

const SEED = 20261122;
const BAUD = 20_000_000;

function encoded(frame: Uint8Array): Buffer {
  const out = new Uint8Array(SERIAL_BYTES_MAX);
  return Buffer.from(out.subarray(0, serialEncode(frame, 0, frame.length, out, 0)));
}

// Kind 4 (DELTA_ONLY): a frame without the leading delimiter that hellos have.
const frameOf = (bytes: Uint8Array): Uint8Array => Uint8Array.of(0x44, ...bytes);

describe('serial transport', () => {
  it(`I6: finds every frame between any noise, however the bytes come, and counts what it skips (seed ${SEED})`, async () => {
    const frame = fc.uint8Array({ minLength: 4, maxLength: FRAME_BYTES_MAX - 1 }).map(frameOf);
    const noise = fc.uint8Array({ maxLength: 900 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(noise, frame), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        async (parts, cut) => {
          const [board, end] = serialLine(BAUD);
          const transport = new SerialTransport('serial:test', async () => end, 'simulated');
          const recorder = new Recorder();
          transport.start(recorder);
          await recorder.until('the port', () => transport.up);
          const stream = Buffer.concat(parts.flatMap(([rubbish, good]) => [rubbish, Buffer.of(0), encoded(good)]));
          for (let at = 0; at < stream.length; at += cut) board.write(stream.subarray(at, at + cut));
          const last = Buffer.from(parts.at(-1)![1]);
          await recorder.until('the last frame', () => recorder.frames.some(({ bytes }) => bytes.equals(last)));
          const found = recorder.frames.map(({ bytes }) => bytes.toString('hex'));
          const sent = parts.map(([, good]) => Buffer.from(good).toString('hex'));
          // Noise may happen to look like a frame: the check inside it is the link's affair.
          expect(found.filter((hex) => sent.includes(hex))).toEqual(sent);
          for (const { bytes } of recorder.frames) expect(bytes.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
          await transport.close();
        },
      ),
      { numRuns: 60, seed: SEED },
    );
  });

  it('sends whole frames, and says when it takes no more', async () => {
    const [board, end] = serialLine(115_200);
    const transport = new SerialTransport('serial:test', async () => end, 'simulated');
    const recorder = new Recorder();
    transport.start(recorder);
    await recorder.until('the port', () => transport.up);
    const frames: string[] = [];
    const framer = new SerialFramer();
    board.on('data', (bytes: Buffer) => {
      for (let used = 0; used < bytes.length; ) {
        used += framer.feed(bytes, used, bytes.length - used);
        if (framer.frameBytes > 0) frames.push(Buffer.from(framer.frame.subarray(0, framer.frameBytes)).toString('hex'));
      }
    });
    const sent: string[] = [];
    for (let index = 0; transport.writable; index++) {
      const frame = frameOf(new Uint8Array(200).fill(index));
      sent.push(Buffer.from(frame).toString('hex'));
      transport.send(frame, 0, frame.length);
      frame.fill(0xee);
    }
    expect(sent.length).toBeLessThanOrEqual(SERIAL_UNSENT_BYTES_MAX / 200 + 1);
    await recorder.until('room again', () => transport.writable);
    await until('all frames', () => frames.length === sent.length);
    expect(frames).toEqual(sent);
    await transport.close();
    expect(recorder.open.size).toBe(0);
  });

  it('opens a port that vanished again, as a new link', async () => {
    const ends = [serialLine(BAUD), serialLine(BAUD)];
    let opens = 0;
    const transport = new SerialTransport(
      'serial:test',
      async () => {
        if (opens === 1 && transport.counters.failedOpens < 2) throw new Error('Error: no such port');
        return ends[opens++]![1];
      },
      'simulated',
    );
    const recorder = new Recorder();
    transport.start(recorder);
    await recorder.until('the port', () => transport.up);
    const gone = once(ends[0]![1], 'close');
    ends[0]![0].destroy();
    await gone;
    await until('two failed attempts', () => transport.counters.failedOpens === 2);
    expect(transport.lastError).toBe('no such port');
    await recorder.until('the port again', () => transport.up);
    expect([...recorder.open]).toEqual([1]);
    expect(transport.counters.opens).toBe(2);
    await transport.close();
  });
});

describe('backoff', () => {
  it('doubles up to its bound, each wait at most a quarter shorter, and starts over', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (draw) => {
        const backoff = new Backoff(() => draw);
        for (let attempt = 0; attempt < 12; attempt++) {
          const fullMs = Math.min(RETRY_MIN_MS * 2 ** attempt, RETRY_MAX_MS);
          const delayMs = backoff.delayMs();
          expect(delayMs).toBeLessThanOrEqual(fullMs);
          expect(delayMs).toBeGreaterThanOrEqual(fullMs * 0.75);
        }
        backoff.reset();
        expect(backoff.delayMs()).toBeLessThanOrEqual(RETRY_MIN_MS);
      }),
      { seed: SEED },
    );
  });
});
