import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.js';
import { changeAndReseal, flipBits } from '../../sim/links/damage.js';
import { MessageLink, messageLinkDefaults } from '../../sim/links/message-link.js';
import type { SimLink } from '../../sim/links/port.js';
import { SerialLink, serialLinkDefaults } from '../../sim/links/serial-link.js';
import { Random } from '../../sim/random.js';
import { CRC_BYTES, DIRECTION_UP, KIND_HEARTBEAT } from '../../src/wire/constants.js';
import { frameHead, frameSeed, isSealed, sealFrame } from '../../src/wire/frame.js';

const damage = {
  sent: () => undefined,
  corrupt: (_: number, frame: Uint8Array, random: Random) => flipBits(frame, random),
  reseal: (_: number, frame: Uint8Array) => frame,
};

/** A frame of the heartbeat kind with `body` inside. */
function frameOf(body: readonly number[]): Uint8Array {
  const frame = new Uint8Array(1 + body.length + CRC_BYTES);
  frame[0] = frameHead(KIND_HEARTBEAT);
  frame.set(body, 1);
  sealFrame(frame, 1 + body.length, frameSeed(DIRECTION_UP, 7));
  return frame;
}

interface Rig {
  readonly clock: VirtualClock;
  readonly link: SimLink;
  readonly atHost: { timeMs: number; bytes: Uint8Array }[];
  readonly atBoard: { timeMs: number; bytes: Uint8Array }[];
}

function rig(make: (clock: VirtualClock) => SimLink): Rig {
  const clock = new VirtualClock();
  const link = make(clock);
  const take = (list: Rig['atHost']) => ({
    opened: () => undefined,
    closed: () => undefined,
    drained: () => undefined,
    frame: (bytes: Uint8Array, at: number, count: number) => void list.push({ timeMs: clock.nowMs(), bytes: bytes.slice(at, at + count) }),
  });
  const atHost: Rig['atHost'] = [];
  const atBoard: Rig['atHost'] = [];
  link.host.listener = take(atHost);
  link.board.listener = take(atBoard);
  link.hostRunning(true);
  link.boardPowered(true);
  return { clock, link, atHost, atBoard };
}

const drain = (clock: VirtualClock) => {
  while (clock.step(Number.POSITIVE_INFINITY));
};

/** The boot messages of a board swallow the first frame, unless it is a hello. */
function serial(options = {}): Rig {
  const made = rig((clock) => new SerialLink(clock, 1, { ...serialLinkDefaults, ...options }, damage));
  const swallowed = frameOf([]);
  made.link.board.send(swallowed, 0, swallowed.length);
  drain(made.clock);
  expect(made.atHost).toEqual([]);
  return made;
}

const mqtt = (options = {}) => rig((clock) => new MessageLink(clock, 1, { ...messageLinkDefaults, ...options }, damage));

describe('resealed damage', () => {
  it('keeps the frame check right without knowing the session', () => {
    const seed = frameSeed(DIRECTION_UP, 7);
    const frame = frameOf(Array.from({ length: 100 }, (_, i) => (i * 37) & 255));
    for (let index = 1; index < frame.length - CRC_BYTES; index++) {
      const changed = changeAndReseal(frame, index, 1 + (index % 255));
      expect(isSealed(changed, 0, changed.length, seed)).toBe(true);
      expect(changed[index]).not.toBe(frame[index]);
    }
  });

  it('flipped bits break it', () => {
    const random = new Random(5);
    const frame = frameOf([1, 2, 3, 4, 5, 6, 7, 8]);
    for (let i = 0; i < 500; i++) {
      const changed = flipBits(frame, random);
      expect(isSealed(changed, 0, changed.length, frameSeed(DIRECTION_UP, 7))).toBe(false);
    }
  });
});

describe('serial link', () => {
  it('delivers frames in both directions, in order, at the speed of the line', () => {
    const { clock, link, atHost, atBoard } = serial({ baud: 9600 });
    const frames = [frameOf([1]), frameOf([0, 0, 0]), frameOf(Array.from({ length: 200 }, (_, i) => i))];
    const startMs = clock.nowMs();
    for (const frame of frames) link.board.send(frame, 0, frame.length);
    for (const frame of frames) link.host.send(frame, 0, frame.length);
    drain(clock);
    expect(atHost.map(({ bytes }) => bytes)).toEqual(frames);
    expect(atBoard.map(({ bytes }) => bytes)).toEqual(frames);
    const lineMs = (link.sentBytes[1] * 10_000) / 9600;
    const tookMs = atBoard.at(-1)!.timeMs - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(lineMs);
    expect(tookMs).toBeLessThan(lineMs + 2);
  });

  it('drops what a paused board has no FIFO for, and says nothing', () => {
    const { clock, link, atBoard } = serial({ baud: 115_200 });
    const small = frameOf([9]);
    const large = frameOf(Array.from({ length: 250 }, () => 3));
    link.hold(clock.nowMs() + 40);
    link.host.send(large, 0, large.length);
    drain(clock);
    expect(atBoard).toEqual([]);
    for (let i = 0; i < 2; i++) link.host.send(small, 0, small.length);
    drain(clock);
    expect(atBoard.map(({ bytes }) => bytes)).toContainEqual(small);
    expect((link as SerialLink).overrunBytes).toBeGreaterThan(100);
  });

  it('holds short answers back for the latency of the bridge', () => {
    for (const bridgeLatencyMs of [1, 16]) {
      const { clock, link, atHost } = serial({ bridgeLatencyMs, baud: 921_600 });
      const frame = frameOf([4]);
      const sentMs = clock.nowMs();
      link.board.send(frame, 0, frame.length);
      drain(clock);
      expect(atHost[0]!.timeMs - sentMs).toBeGreaterThanOrEqual(bridgeLatencyMs);
      expect(atHost[0]!.timeMs - sentMs).toBeLessThan(bridgeLatencyMs + 1);
    }
  });

  it('loses what was on a line that is cut, and works again when mended', () => {
    const { clock, link, atHost } = serial();
    const frame = frameOf([1, 2, 3]);
    link.board.send(frame, 0, frame.length);
    link.cut();
    expect(link.host.isOpen).toBe(false);
    drain(clock);
    expect(atHost).toEqual([]);
    link.mend();
    link.board.send(frame, 0, frame.length);
    drain(clock);
    expect(atHost.map(({ bytes }) => bytes)).toEqual([frame]);
  });
});

describe('message link', () => {
  it('delivers in order in fair weather', () => {
    const { clock, link, atHost } = mqtt({ jitterMs: 30 });
    const frames = Array.from({ length: 50 }, (_, i) => frameOf([i]));
    for (const frame of frames) if (link.board.ready()) link.board.send(frame, 0, frame.length);
    drain(clock);
    expect(atHost.map(({ bytes }) => bytes)).toEqual(frames);
  });

  it('loses, repeats and reorders as the weather says', () => {
    const { clock, link, atHost } = mqtt();
    Object.assign(link.weather[0], { loss: 0.3, duplicate: 0.2, reorder: 0.3 });
    const sent = 3000;
    for (let i = 0; i < sent; i++) {
      const frame = frameOf([i & 255, i >> 8]);
      clock.at(i, () => link.board.send(frame, 0, frame.length));
    }
    drain(clock);
    const numbers = atHost.map(({ bytes }) => bytes[1]! | (bytes[2]! << 8));
    const distinct = new Set(numbers).size;
    expect(distinct / sent).toBeGreaterThan(0.66);
    expect(distinct / sent).toBeLessThan(0.74);
    expect(numbers.length).toBeGreaterThan(distinct);
    expect(numbers.some((number, i) => i > 0 && number < numbers[i - 1]!)).toBe(true);
  });

  it('says when its buffer is full and when it has room again', () => {
    const { clock, link, atHost } = mqtt({ bitsPerSecond: 8000, bufferBytes: 500 });
    const frame = frameOf(Array.from({ length: 80 }, () => 1));
    let sent = 0;
    let drained = 0;
    link.board.listener = { ...link.board.listener!, drained: () => void drained++ };
    while (link.board.ready()) {
      link.board.send(frame, 0, frame.length);
      sent++;
    }
    expect(sent).toBeLessThan(8);
    drain(clock);
    expect(atHost.length).toBe(sent);
    expect(drained).toBe(1);
  });

  it('a broker keeps messages for a host that is away, when it is of that kind, and delivers them to the next one', () => {
    for (const brokerQueues of [true, false]) {
      const { clock, link, atHost } = mqtt({ brokerQueues });
      link.hostRunning(false);
      const frame = frameOf([1]);
      link.board.send(frame, 0, frame.length);
      drain(clock);
      expect(atHost).toEqual([]);
      link.hostRunning(true);
      drain(clock);
      expect(atHost.map(({ bytes }) => bytes)).toEqual(brokerQueues ? [frame] : []);
    }
  });

  it('two boards on the same topics both hear what is for either, and the host hears both', () => {
    const { clock, link, atHost, atBoard } = mqtt();
    const second = new MessageLink(clock, 2, messageLinkDefaults, damage, link as MessageLink);
    let heard = 0;
    second.board.listener = { opened: () => undefined, closed: () => undefined, drained: () => undefined, frame: () => void heard++ };
    second.boardPowered(true);
    const frame = frameOf([5]);
    link.host.send(frame, 0, frame.length);
    second.board.send(frame, 0, frame.length);
    drain(clock);
    expect([atBoard.length, heard, atHost.length]).toEqual([1, 1, 1]);
    expect(second.host).toBe(link.host);
  });
});
