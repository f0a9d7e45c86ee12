import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import { PHASE_LIVE } from '../../../src/link/board-options.js';
import { DIRECTION_DOWN, DIRECTION_UP, FRAME_BYTES_MAX } from '../../../src/wire/constants.js';
import { frameSeed, kindOf, sealFrame } from '../../../src/wire/frame.js';
import { runFor, runUntil, TestBoard, TestHost, Wire } from './harness.js';

/** Among them some that leave the host in the midst of a delta that nobody sends. */
const SEEDS = [4, 6, 7];
const ROUNDS = 1500;

/** Kinds that are spoken with session 0. */
const SESSIONLESS = [1, 2, 3, 17];

/** A frame of the given bytes, sealed as if it came from the other end of this session. */
function seal(bytes: Uint8Array, count: number, direction: number, session: number): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES_MAX + 4);
  frame.set(bytes.subarray(0, count));
  const seed = frameSeed(direction, SESSIONLESS.includes(kindOf(frame[0]!)) ? 0 : session);
  return frame.slice(0, sealFrame(frame, count, seed));
}

describe.each(SEEDS)('hostile frames at both ends (seed %i)', (seed) => {
  it('I6: random bytes, and frames changed inside and sealed again: no throw, no changed head, no changed state', () => {
    const random = new Random(seed);
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const board = new TestBoard(8192, 7, { schemaBytes: new Uint8Array(600) });
    board.onFreshDo = () => {
      for (let offset = 0; offset < 8192; offset += 4) board.memory.setU32(offset, random.u32());
      board.link.commit();
    };
    const seen: { up: boolean; frame: Uint8Array }[] = [];
    const wire = new Wire(host, { latencyMs: 2 });
    wire.filter = (up, frame) => {
      if (seen.length < 400) seen.push({ up, frame: frame.slice() });
      return false;
    };
    wire.plug(board);
    runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);
    for (let turn = 0; turn < 20; turn++) {
      board.turn((memory) => memory.setU32(random.below(2000) * 4, random.u32()));
      runFor(clock, 20);
    }
    // A hello that was changed inside is another board's, or this board's with another story: it may begin a session, never change a head.
    const mutated = (up: boolean, frame: Uint8Array): Uint8Array => {
      const bytes = new Uint8Array(FRAME_BYTES_MAX + 4);
      bytes.set(frame);
      let count = Math.max(1, frame.length - 4);
      for (let edits = 1 + random.below(3); edits > 0; edits--) bytes[random.below(count)] = random.u32();
      if (random.chance(0.2)) count = 1 + random.below(count);
      if (random.chance(0.1)) count = Math.min(FRAME_BYTES_MAX - 4, count + random.below(20));
      return seal(bytes, count, up ? DIRECTION_UP : DIRECTION_DOWN, board.link.session);
    };
    const state = Buffer.from(board.state());
    const heads = host.heads.length;
    for (let round = 0; round < ROUNDS; round++) {
      const one = seen[random.below(seen.length)]!;
      const frame = random.chance(0.5) ? mutated(one.up, one.frame) : new Uint8Array(random.below(290)).map(() => random.u32());
      const isHello = one.up && kindOf(frame[0] ?? 0) === 1;
      if (isHello) continue;
      if (one.up) wire.deliverUp(frame);
      else wire.deliverDown(frame);
      runFor(clock, 3);
      expect(Buffer.compare(board.state(), state)).toBe(0);
    }
    // A commit that the board makes only to say where it stands (after a comparison) may move the head, its content not.
    runFor(clock, 30_000);
    expect(Buffer.compare(host.durable()!.state, state)).toBe(0);
    expect(host.heads.length).toBeGreaterThanOrEqual(heads);
    const refused = { ...host.sessions.counters };
    expect(refused.badChecks + refused.badHeads).toBeGreaterThan(100);
    expect(refused.badFields + refused.unexpected + refused.duplicates).toBeGreaterThan(50);
    expect(board.link.counters.badFields + board.link.counters.staleAcks + board.link.counters.unexpected).toBeGreaterThan(20);
    board.turn((memory) => memory.setU32(0, 12345));
    runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);
    expect(Buffer.compare(host.durable()!.state, board.state())).toBe(0);
  });

  it('hellos of strangers: an agent of their own or a refusal, the first one is not touched', () => {
    const random = new Random(seed + 1);
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const board = new TestBoard(4096, 7);
    board.onFreshDo = () => {
      board.memory.setU32(0, 1);
      board.link.commit();
    };
    let hello = new Uint8Array();
    const wire = new Wire(host, {}, 1, 'first');
    wire.filter = (up, frame) => {
      if (up && kindOf(frame[0]!) === 1) hello = frame.slice();
      return false;
    };
    wire.plug(board);
    runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);
    const before = { ...host.durable()!.record };
    const stranger = new Wire(host, { shared: true }, 2, 'stranger');
    stranger.plugHost();
    for (let round = 0; round < 400; round++) {
      const bytes = new Uint8Array(FRAME_BYTES_MAX);
      bytes.set(hello);
      // Who has both ids of another is not a stranger but its double (see the walk-through).
      bytes[3 + random.below(32)]! ^= 1 + random.below(255);
      for (let edits = random.below(4); edits > 0; edits--) bytes[35 + random.below(hello.length - 39)] = random.u32();
      stranger.deliverUp(seal(bytes, hello.length - 4, DIRECTION_UP, 0));
      runFor(clock, 40);
    }
    runFor(clock, 10_000);
    expect(host.durable()!.record.sequence).toBe(before.sequence);
    board.turn((memory) => memory.setU32(0, 2));
    runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);
    expect(Buffer.compare(host.durable()!.state, board.state())).toBe(0);
  });
});
