import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import type { BoardLinkOptions } from '../../../src/link/board-options.js';
import { PHASE_LIVE, PHASE_REFUSED } from '../../../src/link/board-options.js';
import { SEQUENCE_STRIDE } from '../../../src/link/epoch-line.js';
import {
  KIND_DELTA_ACK,
  KIND_HASHES,
  REFUSED_CLONE,
  REFUSED_FENCED,
  REFUSED_FINGERPRINT,
  REFUSED_NOT_OWNER,
  REFUSED_SIZE,
} from '../../../src/wire/constants.js';
import { kindOf } from '../../../src/wire/frame.js';
import { AGENT, cleanWire, runFor, runUntil, TestBoard, TestHost, Wire, type WireOptions } from './harness.js';

const SIZE_BYTES = 16 * 1024;

function start(options: Partial<WireOptions> = {}, more: Partial<BoardLinkOptions> = {}, memory = {}) {
  const clock = new VirtualClock();
  const host = new TestHost(clock);
  const board = new TestBoard(SIZE_BYTES, 7, more, memory);
  board.onFreshDo = () => {
    board.memory.setU32(0, 1);
    board.link.commit();
  };
  const wire = new Wire(host, options);
  wire.plug(board);
  runUntil(clock, () => board.link.isSettled && board.link.phase === PHASE_LIVE);
  return { clock, host, board, wire };
}

/** Bytes that no codec can shorten much. */
function fill(board: TestBoard, pages: number, seed: number): void {
  let value = seed;
  for (let offset = 0; offset < pages * 256; offset += 4) {
    value = (Math.imul(value, 1664525) + 1013904223) | 0;
    board.memory.setU32(offset, value ^ (value >>> 13));
  }
}

function settled(clock: VirtualClock, board: TestBoard): void {
  runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);
}

function expectEqual(host: TestHost, board: TestBoard): void {
  expect(Buffer.compare(host.durable()!.state, board.state())).toBe(0);
}

describe('the link dies', () => {
  it('before a delta: the commits made meanwhile travel as one when it is back', () => {
    const { clock, host, board, wire } = start();
    wire.unplug();
    for (let turn = 0; turn < 10; turn++) board.turn((memory) => memory.setU32(turn * 4, turn + 5));
    runFor(clock, 1000);
    wire.plug(board);
    settled(clock, board);
    expectEqual(host, board);
    expect(host.sessions.agent(AGENT)).toMatchObject({ sequence: 11, deltas: 2, epoch: 1, session: 2 });
    expect(board.link.counters.resyncs).toBe(0);
  });

  it('inside a delta: what the host has staged is not sent again', () => {
    const { clock, host, board, wire } = start({ bytesPerSecond: 11520 });
    board.turn(() => fill(board, 40, 3));
    runUntil(clock, () => wire.framesUp > 25);
    const before = wire.bytesUp;
    wire.unplug();
    wire.plug(board);
    settled(clock, board);
    expectEqual(host, board);
    expect(board.link.counters.stagedPagesKept).toBeGreaterThan(10);
    expect(wire.bytesUp - before).toBeLessThan(30 * 256);
    expect(host.durable()!.record.epoch).toBe(1);
  });

  it('after a delta, its acknowledgement lost: the head named in the welcome decides that it counts', () => {
    const { clock, host, board, wire } = start();
    wire.filter = (up, frame) => !up && (frame[0]! & 31) === KIND_DELTA_ACK;
    board.turn((memory) => memory.setU32(400, 9));
    runUntil(clock, () => host.durable()!.record.sequence === 2);
    expect(board.link.acknowledgedSequence).toBe(1);
    board.turn((memory) => memory.setU32(404, 10));
    wire.unplug();
    wire.unplug();
    runFor(clock, 100);
    wire.filter = () => false;
    wire.plug(board);
    settled(clock, board);
    expect(board.link.counters.deltasUndecidedKept).toBe(1);
    expectEqual(host, board);
  });

  it('after a delta that never arrived: the head named in the welcome brings its marks back', () => {
    const { clock, host, board, wire } = start();
    wire.isCut = true;
    board.turn((memory) => memory.setU32(400, 9));
    runFor(clock, 50);
    wire.unplug();
    wire.isCut = false;
    wire.plug(board);
    settled(clock, board);
    expect(board.link.counters.deltasUndecidedBroughtBack).toBe(1);
    expectEqual(host, board);
  });

  it('without anybody noticing: silence ends the session, a hello begins the next', () => {
    const { clock, host, board, wire } = start();
    wire.isCut = true;
    board.turn((memory) => memory.setU32(400, 9));
    runFor(clock, 8000);
    expect(board.link.counters.silences).toBe(1);
    wire.isCut = false;
    settled(clock, board);
    expectEqual(host, board);
  });

  it('and moves to another link: nothing is resent in full, frames of the first are refused', () => {
    const { clock, host, board, wire } = start();
    board.turn(() => fill(board, 40, 5));
    settled(clock, board);
    const other = new Wire(host, cleanWire, 2, 'other');
    wire.unplug();
    other.plug(board);
    board.turn((memory) => memory.setU32(0, 77));
    settled(clock, board);
    expectEqual(host, board);
    expect(other.bytesUp).toBeLessThan(400);
    expect(board.link.epoch).toBe(1);
  });
});

describe('a reboot', () => {
  it('of the board without its RAM: refilled from the head in a new epoch, its next commit above all that came before', () => {
    const { clock, host, board, wire } = start();
    board.turn(() => fill(board, 30, 5));
    settled(clock, board);
    wire.unplug();
    const cold = new TestBoard(SIZE_BYTES, 8);
    wire.plug(cold);
    runUntil(clock, () => cold.refilled === 1);
    expect(cold.link).toMatchObject({ epoch: 2, acknowledgedSequence: 2, sequence: SEQUENCE_STRIDE });
    expectEqual(host, cold);
    cold.turn((memory) => memory.setU32(8, 8));
    settled(clock, cold);
    expectEqual(host, cold);
    expect(host.durable()!.record).toMatchObject({ sequence: SEQUENCE_STRIDE + 1, epoch: 2, headEpoch: 2 });
  });

  it('of the board in the middle of a refill whose RAM stays: only what is missing is sent', () => {
    const { clock, host, board, wire } = start({ bytesPerSecond: 11520 });
    board.turn(() => fill(board, 60, 5));
    settled(clock, board);
    wire.unplug();
    const cold = new TestBoard(SIZE_BYTES, 8);
    wire.plug(cold);
    const begin = wire.bytesDown;
    runUntil(clock, () => wire.bytesDown - begin > 8000);
    wire.unplug();
    const before = wire.bytesDown;
    wire.plug(cold);
    runUntil(clock, () => cold.refilled === 1);
    expectEqual(host, cold);
    expect(cold.link.counters.refillsResumed).toBe(1);
    expect(wire.bytesDown - before).toBeLessThan(10_000);
    expect(cold.link.epoch).toBe(2);
  });

  it('of the host: the board goes on from its acknowledged point, no page is sent again', () => {
    const { clock, host, board, wire } = start();
    board.turn(() => fill(board, 30, 5));
    settled(clock, board);
    host.crash();
    board.turn((memory) => memory.setU32(0, 5));
    runFor(clock, 3000);
    host.restart();
    wire.plugHost();
    const before = wire.bytesUp;
    settled(clock, board);
    expectEqual(host, board);
    expect(wire.bytesUp - before).toBeLessThan(600);
    expect(board.link.epoch).toBe(1);
  });

  it('of both at once: the durable head comes back to a board without RAM', () => {
    const { clock, host, board, wire } = start();
    const sequence = board.turn(() => fill(board, 30, 5));
    settled(clock, board);
    const state = board.state();
    board.turn((memory) => memory.setU32(0, 5));
    host.crash();
    wire.unplug();
    host.restart();
    const cold = new TestBoard(SIZE_BYTES, 8);
    wire.plug(cold);
    runUntil(clock, () => cold.refilled === 1);
    expect(host.durable()!.record.sequence).toBe(sequence);
    expect(cold.state()).toEqual(state);
  });

  it('a turn that threw: the head comes back, in the same epoch', () => {
    const { clock, host, board, wire } = start();
    board.memory.setU32(0, 0xdead);
    board.link.requestReload();
    expect(board.link.mayRunTurn(clock.nowMs())).toBe(false);
    wire.pumpBoard();
    runUntil(clock, () => board.refilled === 1);
    expect(board.memory.getU32(0)).toBe(1);
    expectEqual(host, board);
    expect(board.link.epoch).toBe(1);
  });
});

describe('who may speak', () => {
  it("an old session's frames arrive late: refused by their check, nothing changes", () => {
    const { clock, host, board, wire } = start();
    const late: Uint8Array[] = [];
    wire.filter = (up, frame) => {
      if (up) late.push(frame.slice());
      return false;
    };
    board.turn((memory) => memory.setU32(400, 9));
    settled(clock, board);
    wire.filter = () => false;
    wire.unplug();
    wire.plug(board);
    settled(clock, board);
    const before = { ...host.durable()!.record };
    const badChecks = host.sessions.counters.badChecks;
    for (const frame of late) wire.deliverUp(frame);
    runFor(clock, 100);
    expect(late.length).toBeGreaterThan(0);
    expect(host.sessions.counters.badChecks).toBe(badChecks + late.length);
    expect(host.durable()!.record).toEqual(before);
    expectEqual(host, board);
  });

  it('two boards with one identity: the second is refused while the first answers, and the first goes on', () => {
    const { clock, host, board } = start();
    const clone = new TestBoard(SIZE_BYTES, 99);
    const other = new Wire(host, { shared: true }, 2, 'other');
    other.plug(clone);
    runUntil(clock, () => clone.refused.length > 0);
    expect(clone.refused).toEqual([REFUSED_CLONE]);
    expect(clone.link.phase).toBe(PHASE_REFUSED);
    board.turn((memory) => memory.setU32(0, 3));
    settled(clock, board);
    expect(host.durable()!.record).toMatchObject({ epoch: 1, session: 1, sequence: 2 });
    expect(host.events.map((event) => event.kind)).toContain('clone');
  });

  it('the first does not answer any more: the second gets a new epoch, and the first is fenced when it is back', () => {
    const { clock, host, board, wire } = start();
    wire.isCut = true;
    const second = new TestBoard(SIZE_BYTES, 99);
    const other = new Wire(host, { shared: true }, 2, 'other');
    other.plug(second);
    runUntil(clock, () => second.refilled === 1);
    expect(second.link.epoch).toBe(2);
    wire.isCut = false;
    board.turn((memory) => memory.setU32(0, 0xbad));
    other.unplug();
    runUntil(clock, () => board.refused.length > 0);
    expect(board.refused.at(-1)).toBe(REFUSED_FENCED);
    expect(board.link.mayRunTurn(clock.nowMs())).toBe(false);
    runFor(clock, 60_000);
    expect(host.durable()!.record.sequence).toBe(1);
    expect(board.link.phase).toBe(PHASE_REFUSED);
  });

  it('another board, another size, another schema: refused with the reason, the head stays', () => {
    const { clock, host, wire } = start();
    wire.unplug();
    const before = { ...host.durable()!.record };
    const cases: [number, TestBoard][] = [
      [REFUSED_NOT_OWNER, new TestBoard(SIZE_BYTES, 1, { boardId: new Uint8Array(16).fill(9) })],
      [REFUSED_SIZE, new TestBoard(SIZE_BYTES + 1, 1)],
      [REFUSED_FINGERPRINT, new TestBoard(SIZE_BYTES, 1, { fingerprint: new Uint8Array(8) })],
    ];
    for (const [reason, board] of cases) {
      wire.plug(board);
      runUntil(clock, () => board.refused.length > 0);
      expect(board.refused).toEqual([reason]);
      expect(host.events.at(-1)!.detail).toContain('forget the agent');
      wire.unplug();
    }
    expect(host.durable()!.record).toEqual(before);
  });

  it('a hello said again gets the same answer: one session, one epoch', () => {
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const board = new TestBoard(SIZE_BYTES, 7);
    const wire = new Wire(host);
    let welcomes = 0;
    wire.filter = (up, frame) => !up && (frame[0]! & 31) === 2 && welcomes++ < 4;
    wire.plug(board);
    runUntil(clock, () => board.fresh === 1);
    expect(welcomes).toBe(5);
    expect(board.link).toMatchObject({ session: 1, epoch: 1 });
    expect(host.durable()!.record).toMatchObject({ session: 1, epoch: 1 });
  });
});

describe('a long time', () => {
  it('a week without a host needs no more memory, and ends in one delta', () => {
    const { clock, host, board, wire } = start();
    wire.unplug();
    for (let hour = 0; hour < 7 * 24; hour++) {
      for (let turn = 0; turn < 20; turn++) board.turn((memory) => memory.setU32(((hour * 20 + turn) % 4096) & ~3, hour * 20 + turn));
      runFor(clock, 3_600_000);
    }
    expect(board.link.mayRunTurn(clock.nowMs())).toBe(true);
    wire.plug(board);
    settled(clock, board);
    expectEqual(host, board);
    expect(host.sessions.agent(AGENT)!.deltas).toBe(2);
  });

  it('a board that ran on from its own checkpoint: both lines are kept, and the divergence is told', () => {
    const { clock, host, board, wire } = start();
    const checkpoint = { state: board.state(), digest: board.link.acknowledgedDigest };
    board.turn((memory) => memory.setU32(100, 5));
    settled(clock, board);
    wire.unplug();
    const alone = new TestBoard(SIZE_BYTES, 8);
    alone.memory.load(0, checkpoint.state, 0, SIZE_BYTES);
    alone.link.startAlone(1, 1, 1, checkpoint.digest);
    expect(alone.link.mayRunTurn(clock.nowMs())).toBe(true);
    alone.turn((memory) => memory.setU32(200, 6));
    wire.plug(alone);
    settled(clock, alone);
    expectEqual(host, alone);
    const record = host.durable()!.record;
    expect(record.epoch).toBe(2);
    expect(record.sequence).toBeGreaterThan(SEQUENCE_STRIDE);
    expect(host.events.map((event) => event.kind)).toContain('divergence');
    let sequences: number[] = [];
    host.store.history(AGENT, (_error, points) => {
      sequences = (points ?? []).map((point) => point.sequence);
    });
    runFor(clock, 10);
    expect(sequences).toEqual([1, 2, record.sequence]);
  });
});

describe('a comparison of all pages', () => {
  const PAGES = 256;
  const LARGE_BYTES = PAGES * 256;

  it('that is cut short begins anew: what was not asked about is not taken for equal', () => {
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const first = new TestBoard(LARGE_BYTES, 7);
    first.onFreshDo = () => {
      fill(first, PAGES, 1);
      first.link.commit();
    };
    const wire = new Wire(host);
    wire.plug(first);
    settled(clock, first);
    wire.unplug();
    // Another content on every page, said to be that of a checkpoint: only the comparison can tell.
    const alone = new TestBoard(LARGE_BYTES, 8);
    alone.memory.load(
      0,
      Uint8Array.from(first.state(), (byte) => byte ^ 0x55),
      0,
      LARGE_BYTES,
    );
    alone.link.startAlone(1, 1, 1, first.link.acknowledgedDigest);
    let questions = 0;
    wire.filter = (up, frame) => up && kindOf(frame[0]!) === KIND_HASHES && ++questions > 1;
    wire.plug(alone);
    runUntil(clock, () => questions > 1);
    wire.unplug();
    wire.filter = () => false;
    wire.plug(alone);
    settled(clock, alone);
    expect(Buffer.compare(host.durable()!.state, alone.state())).toBe(0);
    expect(alone.link.counters.mismatches).toBe(0);
  });
});

describe('damage', () => {
  it('a write that went round the barrier is found by rehashing, and healed', () => {
    const { clock, host, board } = start();
    board.memory.bytes[5000] = 0x77;
    runUntil(clock, () => board.link.counters.scrubFaults === 1);
    settled(clock, board);
    expectEqual(host, board);
  });

  it('one that even the hash table hides is found by comparing tables with the host', () => {
    const { clock, host, board } = start();
    board.memory.bytes[5000] = 0x77;
    board.memory.rehashPage(Math.floor(5000 / 256));
    runUntil(clock, () => board.link.counters.scrubDifferences === 1, 120_000);
    settled(clock, board);
    expectEqual(host, board);
  });

  it('a delta whose digest does not fit is not taken; page hashes find the difference', () => {
    const { clock, host, board } = start();
    // Both written round the barrier: the delta's digest tells of a page that the host does not have.
    board.memory.bytes[5000] = 0x77;
    board.memory.rehashPage(Math.floor(5000 / 256));
    board.turn((memory) => memory.setU32(0, 9));
    settled(clock, board);
    expect(board.link.counters.mismatches).toBe(1);
    expect(board.link.counters.resyncs).toBe(1);
    expectEqual(host, board);
  });
});

describe('pressure', () => {
  it('three captures lost in a row delay turns, but only while credit keeps coming', () => {
    const { clock, board, wire } = start({ bytesPerSecond: 2000 }, {}, { copyCount: 0 });
    let value = 1;
    const everything = () => board.turn(() => fill(board, 60, value++));
    for (let turn = 0; turn < 8; turn++) {
      if (board.link.mayRunTurn(clock.nowMs())) everything();
      runFor(clock, 300);
    }
    expect(board.link.counters.deltasAborted).toBeGreaterThanOrEqual(3);
    expect(board.link.mayRunTurn(clock.nowMs())).toBe(false);
    wire.isCut = true;
    runFor(clock, 5100);
    expect(board.link.mayRunTurn(clock.nowMs())).toBe(true);
    wire.isCut = false;
    settled(clock, board);
  });

  it('a pool without room gives no credit, and the delta comes through when there is some', () => {
    const { clock, host, board } = start();
    const taken: number[] = [];
    while (host.pool.freeCount > 8) taken.push(host.pool.take());
    board.turn(() => fill(board, 30, 4));
    runFor(clock, 2000);
    expect(board.link.counters.noRoom).toBeGreaterThan(0);
    expect(host.durable()!.record.sequence).toBe(1);
    for (const cell of taken) host.pool.give(cell);
    settled(clock, board);
    expectEqual(host, board);
  });

  it('the schema is sent in chunks to a host that does not know it, once', () => {
    const schemaBytes = new Uint8Array(1000).map((_, index) => index);
    const { clock, host, board, wire } = start({ lossUp: 0.3, lossDown: 0.3 }, { schemaBytes });
    let stored: Uint8Array | undefined;
    runUntil(clock, () => {
      host.store.getSchema('f1'.repeat(8), (_error, schema) => {
        stored = schema;
      });
      return stored !== undefined;
    });
    expect(stored).toEqual(schemaBytes);
    wire.unplug();
    let chunks = 0;
    wire.filter = (up, frame) => {
      if (up && (frame[0]! & 31) === 12) chunks++;
      return false;
    };
    wire.plug(board);
    runFor(clock, 5000);
    expect(chunks).toBe(0);
  });

  it('immediate outputs arrive with their commit and index; a full queue refuses and counts', () => {
    const { clock, host, board, wire } = start();
    wire.isCut = true;
    const bytes = new Uint8Array([1, 2, 3]);
    for (let index = 0; index < 4; index++) expect(board.link.sendOutput(bytes, 0, 3)).toBe(true);
    wire.isCut = false;
    expect(board.link.sendOutput(bytes, 0, 3)).toBe(false);
    expect(board.link.counters.outputsRefused).toBe(1);
    wire.pumpBoard();
    runFor(clock, 100);
    expect(host.outputs.map(({ sequence, index, committed }) => [sequence, index, committed])).toEqual([
      [2, 0, false],
      [2, 1, false],
      [2, 2, false],
      [2, 3, false],
    ]);
  });
});
