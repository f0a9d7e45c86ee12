import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import { PHASE_LIVE } from '../../../src/link/board-options.js';
import { runFor, runUntil, TestBoard, TestHost, Wire } from './harness.js';

const SEEDS = Number(process.env.SOAK_SEEDS ?? 60);
const FIRST = Number(process.env.SOAK_FIRST ?? 1);

/** Everything at once: loss, duplicates, reordering, damage, outages, reboots with and without RAM, host crashes. */
function soak(seed: number): { host: TestHost; boards: TestBoard[] } {
  const random = new Random(seed);
  const clock = new VirtualClock();
  const host = new TestHost(clock, seed, 64 + random.below(64), 0.5 + random.unit() * 4);
  const sizeBytes = 1 + random.below(40 * 256);
  const wire = new Wire(
    host,
    {
      latencyMs: random.unit() * 30,
      jitterMs: random.chance(0.5) ? random.unit() * 30 : 0,
      lossUp: random.chance(0.7) ? random.unit() * 0.3 : 0,
      lossDown: random.chance(0.7) ? random.unit() * 0.3 : 0,
      duplicate: random.chance(0.5) ? random.unit() * 0.3 : 0,
      corrupt: random.chance(0.5) ? random.unit() * 0.1 : 0,
      bytesPerSecond: random.chance(0.3) ? 11520 : 0,
      shared: random.chance(0.5),
    },
    seed + 1,
  );
  const boards: TestBoard[] = [];
  const committed = new Set<string>();
  const text = (state: Uint8Array) => Buffer.from(state).toString('latin1');
  const boot = () => {
    const more = { frameBytes: 16 + random.below(241), windowFrames: 1 + random.below(4) };
    const board = new TestBoard(sizeBytes, random.u32(), more, { maskCount: random.below(6), copyCount: random.below(3) });
    board.onFreshDo = () => {
      board.memory.setU8(0, 1);
      board.link.commit();
      committed.add(text(board.state()));
    };
    boards.push(board);
    wire.plug(board);
  };
  const board = () => boards[boards.length - 1]!;
  boot();
  let seen = 0;
  const check = () => {
    const durable = host.durable();
    if (durable === undefined || durable.record.sequence === 0) return;
    // I1: the head is the state of one commit, byte for byte.
    expect(committed.has(text(durable.state))).toBe(true);
    const acknowledged = board().link.acknowledgedSequence;
    // I2: what was acknowledged is on the disk.
    if (board().link.epoch >= durable.record.epoch) expect(durable.record.sequence).toBeGreaterThanOrEqual(acknowledged);
    expect(durable.record.sequence).toBeGreaterThanOrEqual(seen);
    seen = durable.record.sequence;
  };
  for (let step = 0; step < 150; step++) {
    const what = random.unit();
    if (what < 0.75) {
      if (board().link.mayRunTurn(clock.nowMs()))
        board().turn((memory) => {
          const writes = random.chance(0.1) ? 30 : 3;
          for (let write = 0; write < writes; write++) {
            const offset = random.below(sizeBytes);
            memory.write(offset, new Uint8Array([random.below(256)]), 0, 1);
          }
          committed.add(text(board().state()));
        });
      runFor(clock, random.unit() * 60);
    } else if (what < 0.78) {
      wire.isCut = true;
      runFor(clock, random.unit() * 12_000);
      wire.isCut = false;
    } else if (what < 0.82) {
      const same = board();
      wire.unplug();
      runFor(clock, random.unit() * 100);
      wire.plug(same);
    } else if (what < 0.84) {
      wire.unplug();
      boot();
    } else if (what < 0.87) {
      host.crash();
      runFor(clock, random.unit() * 3000);
      host.restart();
      wire.plugHost();
    } else if (what < 0.9) {
      if (board().link.hasState) board().link.requestReload();
      wire.pumpBoard();
    } else {
      runFor(clock, random.unit() * 500);
    }
    check();
  }
  Object.assign(wire, { options: { ...wire.options, lossUp: 0, lossDown: 0, corrupt: 0, duplicate: 0, jitterMs: 0 } });
  runUntil(clock, () => board().link.phase === PHASE_LIVE && board().link.isSettled, 120_000);
  expect(Buffer.compare(host.durable()!.state, board().state())).toBe(0);
  return { host, boards };
}

describe('a board and a host through everything at once', () => {
  it(`ends with equal states (seeds 1 to ${SEEDS})`, () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        soak(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
      }
    }
  });
});
