import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { createLinkCounters } from '../../../src/link/counters.js';
import { DeltaReceiver, RECEIVER_COMPLETE } from '../../../src/link/delta-receiver.js';
import { DeltaSender, SENDER_DONE } from '../../../src/link/delta-sender.js';
import { FlowWindow } from '../../../src/link/flow.js';
import { RTO_INITIAL_MS, RTO_MAX_MS, RTO_MIN_MS, RttEstimator } from '../../../src/link/rtt.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { ByteReader } from '../../../src/wire/byte-reader.js';
import { KIND_DELTA_ASK } from '../../../src/wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../../../src/wire/delta-frame.js';
import { kindOf } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';

const EPOCH = 3;
const SESSION = 7;
const LATENCY_MS = 10;

/** Sends what is dirty over a wire that does with each frame what `fate` says, and returns the frames it took. */
function stream(sizeBytes: number, windowFrames: number, frameBytes: number, writes: number[][], fate: () => number) {
  const memory = new PageMemory({ sizeBytes, maskCount: 4 });
  const head = new PageMemory({ sizeBytes, maskCount: 0, copyCount: 0 });
  const source = new DeltaSource(memory, [new StoredEncoder()]);
  const target = new StagedTarget(head, new PagePool(head.pageCount));
  const sink = new DeltaSink(target, [new StoredDecoder()]);
  const counters = createLinkCounters();
  const sender = new DeltaSender(source, windowFrames, frameBytes, new FlowWindow(4096, 4096), counters);
  const receiver = new DeltaReceiver(sink, windowFrames, 256, counters);
  sender.reset(windowFrames);
  receiver.reset(EPOCH, SESSION);
  for (const [offset, value] of writes) memory.setU32((offset! % (sizeBytes / 4)) * 4, value!);
  const builder = new FrameBuilder();
  const frame = new DeltaFrame();
  const ack = new DeltaAckMessage();
  const reader = new ByteReader();
  const up: { atMs: number; bytes: Uint8Array }[] = [];
  const down: { atMs: number; bytes: Uint8Array }[] = [];
  let frames = 0;
  let nowMs = 0;
  if (!sender.start(nowMs, EPOCH, SESSION, 1, 2)) return { memory, head, frames, done: true };
  for (let step = 0; step < 20_000; step++) {
    nowMs += 1;
    while (sender.poll(nowMs, builder)) {
      frames++;
      for (let copies = fate(); copies > 0; copies--)
        up.push({ atMs: nowMs + LATENCY_MS * copies, bytes: builder.bytes.slice(0, builder.at) });
    }
    for (let index = up.length - 1; index >= 0; index--) {
      if (up[index]!.atMs > nowMs) continue;
      const { bytes } = up.splice(index, 1)[0]!;
      reader.begin(bytes, 1, bytes.length - 1);
      const kind = kindOf(bytes[0]!);
      if (kind === KIND_DELTA_ASK) receiver.onAsk(readDeltaAsk(reader), 1);
      else if (frame.read(kind, reader) && receiver.onFrame(bytes, frame, 1) === RECEIVER_COMPLETE) {
        sink.apply();
        receiver.done(2);
      }
    }
    if (receiver.ackPending) {
      receiver.fillAck(ack);
      builder.begin(8);
      ack.write(builder);
      for (let copies = fate(); copies > 0; copies--)
        down.push({ atMs: nowMs + LATENCY_MS * copies, bytes: builder.bytes.slice(0, builder.at) });
    }
    for (let index = down.length - 1; index >= 0; index--) {
      if (down[index]!.atMs > nowMs) continue;
      const { bytes } = down.splice(index, 1)[0]!;
      reader.begin(bytes, 1, bytes.length - 1);
      if (ack.read(reader) && sender.onAck(nowMs, ack) === SENDER_DONE) {
        source.acknowledge();
        return { memory, head, frames, done: true };
      }
    }
  }
  return { memory, head, frames, done: false };
}

describe('a delta in frames', () => {
  it('arrives whole, whatever is lost, doubled or overtaken', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2047), fc.integer()), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 16, max: 256 }),
        fc.array(fc.nat(99), { minLength: 1, maxLength: 50 }),
        (writes, windowFrames, frameBytes, dice) => {
          let turn = 0;
          // Three in ten are lost, one in ten comes twice; a second copy takes longer and is overtaken.
          const fate = () => {
            const roll = (dice[turn % dice.length]! * 7919 + turn++ * 104_729) % 100;
            return roll < 30 ? 0 : roll < 90 ? 1 : 2;
          };
          const { memory, head, done } = stream(8192, windowFrames, frameBytes, writes as number[][], fate);
          expect(done).toBe(true);
          for (let offset = 0; offset < 8192; offset += 4) {
            if (head.getU32(offset) !== memory.getU32(offset)) throw new Error(`differs at ${offset}`);
          }
          expect(head.digest).toBe(memory.digest);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('a good wire carries every frame once', () => {
    const writes: number[][] = [];
    for (let index = 0; index < 256; index++) writes.push([index, index + 1]);
    const { frames } = stream(8192, 3, 128, writes, () => 1);
    expect(frames).toBe(Math.ceil((1024 + 4 * 2 + 1 + 1 + 4) / 128));
  });
});

describe('timeouts', () => {
  it('follow the round trip, within their bounds', () => {
    const rtt = new RttEstimator();
    expect(rtt.rtoMs).toBe(RTO_INITIAL_MS);
    for (let count = 0; count < 50; count++) rtt.sample(5);
    expect(rtt.rtoMs).toBe(RTO_MIN_MS);
    for (let count = 0; count < 80; count++) rtt.sample(200);
    expect(rtt.rtoMs).toBeGreaterThan(200);
    expect(rtt.rtoMs).toBeLessThan(260);
    for (let count = 0; count < 20; count++) rtt.backOff();
    expect(rtt.rtoMs).toBeLessThanOrEqual(RTO_MAX_MS);
    rtt.relax();
    expect(rtt.rtoMs).toBeLessThan(260);
    rtt.sample(Number.NaN);
    rtt.sample(-1);
    expect(rtt.rtoMs).toBeLessThan(260);
  });
});

describe('bytes on their way', () => {
  it('begin at the FIFO, double while nothing is lost, halve on loss, never leave their bounds', () => {
    const flow = new FlowWindow(128, 4096);
    expect(flow.limitBytes).toBe(128);
    for (const limit of [256, 512, 1024, 2048, 4096, 4096]) {
      const bytes = flow.limitBytes;
      flow.sent(bytes);
      expect(flow.admits(1)).toBe(false);
      flow.acknowledged(bytes);
      expect(flow.limitBytes).toBe(limit);
    }
    flow.shrink();
    expect(flow.limitBytes).toBe(2048);
    flow.sent(2048);
    flow.acknowledged(2048);
    expect(flow.limitBytes).toBe(2048 + 256);
    for (let count = 0; count < 20; count++) flow.shrink();
    expect(flow.limitBytes).toBe(128);
    expect(flow.chunkBytes(256)).toBe(52);
    expect(flow.admits(10_000)).toBe(true);
  });
});
