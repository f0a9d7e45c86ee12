import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import { PHASE_LIVE } from '../../../src/link/board-options.js';
import { AGENT, runUntil, TestBoard, TestHost, Wire } from './harness.js';

describe('from a commit to a durable head', () => {
  it('hello, welcome, delta, durable, acknowledged', () => {
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const board = new TestBoard(4096, 7);
    const wire = new Wire(host);
    board.onFreshDo = () => {
      board.memory.setU32(0, 42);
      board.link.commit();
    };
    wire.plug(board);
    runUntil(clock, () => board.link.acknowledgedSequence === 1);
    expect(board.fresh).toBe(1);
    expect(board.link.phase).toBe(PHASE_LIVE);
    expect(board.link.epoch).toBe(1);
    expect(board.link.session).toBe(1);
    expect(host.durable()?.record).toMatchObject({ sequence: 1, epoch: 1, session: 1, agentName: 't' });
    expect(host.durable()?.state).toEqual(board.state());
    for (let turn = 0; turn < 20; turn++) {
      board.turn((memory) => memory.setU32(((turn * 300) % 4096) & ~3, turn + 1));
      runUntil(clock, () => board.link.acknowledgedSequence === turn + 2);
      expect(host.durable()?.state).toEqual(board.state());
    }
    expect(host.sessions.agent(AGENT)).toMatchObject({ sequence: 21, deltas: 21 });
  });
});

describe('compression', () => {
  /** Frame bytes that a board sends while a hot counter counts. */
  function bytesUp(lineNsPerByte: number): number {
    const clock = new VirtualClock();
    const host = new TestHost(clock);
    const board = new TestBoard(4096, 7, { lineNsPerByte });
    new Wire(host).plug(board);
    runUntil(clock, () => board.link.phase === PHASE_LIVE);
    for (let turn = 1; turn <= 50; turn++) {
      board.turn((memory) => memory.setU32(1000, turn));
      runUntil(clock, () => board.link.acknowledgedSequence === turn);
    }
    expect(host.durable()?.state).toEqual(board.state());
    return host.sessions.agent(AGENT)!.frameBytesUp;
  }

  it('pays on a slow line and is left out on one that is faster than its work', () => {
    const slow = bytesUp(86_806);
    const fast = bytesUp(100);
    expect(slow).toBeLessThan(fast - 50 * 3);
  });

  it.each([0, -1, Number.NaN])('refuses a line of %d ns a byte', (lineNsPerByte) => {
    expect(() => new TestBoard(4096, 7, { lineNsPerByte })).toThrow('lineNsPerByte');
  });
});
