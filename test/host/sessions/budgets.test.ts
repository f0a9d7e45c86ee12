import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import { PHASE_LIVE } from '../../../src/link/board-options.js';
import { cobsBytesMax, cobsEncode } from '../../../src/wire/cobs.js';
import { topicUp } from '../../../src/wire/topics.js';
import { AGENT, runFor, runUntil, TestBoard, TestHost, Wire, type WireOptions } from './harness.js';

function started(sizeBytes: number, options: Partial<WireOptions>, seed = 1) {
  const clock = new VirtualClock();
  const host = new TestHost(clock, seed);
  const board = new TestBoard(sizeBytes, 7, {}, { copyCount: 8 });
  const wire = new Wire(host, options, seed);
  wire.plug(board);
  runUntil(clock, () => board.link.phase === PHASE_LIVE);
  return { clock, host, board, wire };
}

/** Bytes that `deltas` deltas take, of `pages` dirty pages each, beside heartbeats. */
function bytesUp(loss: number, pages: number, deltas: number, seed: number): number {
  const { clock, board, wire } = started(64 * 1024, { latencyMs: 20 }, seed);
  const random = new Random(seed);
  const bytes = new Uint8Array(200);
  wire.options = { ...wire.options, lossUp: loss, lossDown: loss };
  const before = wire.bytesUp;
  for (let delta = 0; delta < deltas; delta++) {
    const sequence = board.turn((memory) => {
      for (let page = 0; page < pages; page++) {
        for (let index = 0; index < bytes.length; index++) bytes[index] = random.u32();
        memory.write((random.below(7) * 32 + page) * 256, bytes, 0, pages === 1 ? 40 : 200);
      }
    });
    runUntil(clock, () => board.link.acknowledgedSequence >= sequence);
  }
  expect(board.link.counters.resyncs).toBe(0);
  return wire.bytesUp - before;
}

describe('budgets of the wire', () => {
  it('the smallest delta: at most 23 bytes on a serial line, 40 as an MQTT PUBLISH, wherever in 32 KiB', () => {
    const { clock, board, wire } = started(32 * 1024, {});
    let largest = 0;
    wire.filter = (up, frame) => {
      if (up && (frame[0]! & 31) === 4) largest = Math.max(largest, frame.length);
      return false;
    };
    for (const offset of [0, 4, 508, 512, 8188, 8192, 32764]) {
      const sequence = board.turn((memory) => memory.setU32(offset, 0x01020304));
      runUntil(clock, () => board.link.acknowledgedSequence === sequence);
    }
    const serial = cobsEncode(new Uint8Array(largest).fill(1), 0, largest, new Uint8Array(cobsBytesMax(largest)), 0) + 1;
    const publish = 2 + 2 + topicUp('shed0001').length + largest;
    expect({ largest, serial, publish }).toEqual({ largest: 19, serial: 21, publish: 40 });
    expect(serial).toBeLessThanOrEqual(23);
    expect(publish).toBeLessThanOrEqual(40);
  });

  it('30 % loss both ways: single frames at most 2.2 times the bytes, deltas of 8 frames and more 1.6 times', () => {
    const ratio = (pages: number, deltas: number) => {
      let lossy = 0;
      let clean = 0;
      for (let seed = 1; seed <= 8; seed++) {
        lossy += bytesUp(0.3, pages, deltas, seed);
        clean += bytesUp(0, pages, deltas, seed);
      }
      return lossy / clean;
    };
    const single = ratio(1, 200);
    const many = ratio(12, 40);
    console.log(`30 % loss both ways: single frames ${single.toFixed(2)}, 10 frames ${many.toFixed(2)} times the bytes`);
    expect(single).toBeLessThanOrEqual(2.2);
    expect(many).toBeLessThanOrEqual(1.6);
  });

  for (const [latencyMs, limit] of [
    [1, 1.05],
    [16, 1.3],
  ] as const) {
    it(`a refill of 32 KiB over 115200 baud with ${latencyMs} ms of latency: at most ${limit} times the raw bytes' time`, () => {
      const { clock, host, board, wire } = started(32 * 1024, { latencyMs, bytesPerSecond: 11520 });
      const random = new Random(5);
      const bytes = new Uint8Array(32 * 1024);
      for (let index = 0; index < bytes.length; index++) bytes[index] = random.u32();
      const sequence = board.turn((memory) => memory.write(0, bytes, 0, bytes.length));
      runUntil(clock, () => board.link.acknowledgedSequence === sequence);
      runFor(clock, 100);
      wire.unplug();
      const cold = new TestBoard(32 * 1024, 8);
      wire.plug(cold);
      runUntil(clock, () => host.sessions.agent(AGENT)?.epoch === 2);
      const beginMs = clock.nowMs();
      const before = wire.bytesDown;
      runUntil(clock, () => cold.refilled === 1);
      const rawMs = (bytes.length * 1000) / 11520;
      const ratio = (clock.nowMs() - beginMs) / rawMs;
      console.log(
        `refill at ${latencyMs} ms: ${ratio.toFixed(3)} x the raw time, ${((wire.bytesDown - before) / bytes.length).toFixed(3)} x the bytes`,
      );
      expect(cold.state()).toEqual(bytes);
      expect(ratio).toBeLessThanOrEqual(limit);
    });
  }
});
