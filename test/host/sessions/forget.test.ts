import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../host/sessions/hello-decision.js';
import type { AgentRecord } from '../../../host/store/store.js';
import { peekFrame } from '../../../sim/checker/frame-peek.js';
import { VirtualClock } from '../../../sim/clock.js';
import { PHASE_LIVE, PHASE_REFUSED } from '../../../src/link/board-options.js';
import { HELLO_HOLDS_PAGES, REFUSED_NOT_OWNER, REFUSED_RETIRED } from '../../../src/wire/constants.js';
import { HelloMessage } from '../../../src/wire/hello.js';
import { AGENT, runUntil, TestBoard, TestHost, Wire } from './harness.js';

/** Longer than a hello takes. */
const SYNC_MS = 400;

function start(syncMs = 1) {
  const clock = new VirtualClock();
  const host = new TestHost(clock, 1, 4096, syncMs);
  const board = new TestBoard(4096, 7);
  const wire = new Wire(host, {});
  board.onFreshDo = () => {
    board.memory.setU32(0, 1);
    board.link.commit();
  };
  wire.plug(board);
  const isSettled = () => board.link.phase === PHASE_LIVE && board.link.isSettled;
  runUntil(clock, isSettled);
  return { clock, host, board, wire, isSettled };
}

describe('an agent is forgotten', () => {
  it('a hello that comes while that is written starts a new line with the pages of its board', () => {
    const { clock, host, board, wire, isSettled } = start(SYNC_MS);
    let forgotten = 0;
    host.sessions.forget(AGENT, (error) => {
      expect(error).toBeUndefined();
      forgotten++;
    });
    wire.unplug();
    wire.plug(board);
    board.turn((memory) => memory.setU32(4, 2));
    runUntil(clock, () => forgotten === 1 && isSettled() && host.durable() !== undefined);
    expect(Buffer.compare(host.durable()!.state, board.state())).toBe(0);
    expect(host.durable()!.record).toMatchObject({ epoch: 1, sequence: board.link.sequence });
  });

  it('a session that is over before its welcome has left is not welcomed: nobody counts on it', () => {
    const clock = new VirtualClock();
    const host = new TestHost(clock, 1, 4096, SYNC_MS);
    const wire = new Wire(host, {});
    let isForgotten: boolean | undefined;
    const onSession = (_agentId: string, linkId: number) => {
      if (linkId < 0 || isForgotten !== undefined) return;
      isForgotten = false;
      host.sessions.forget(AGENT, () => {
        isForgotten = true;
      });
    };
    Object.assign(host, { onSession });
    let early = 0;
    wire.filter = (up, frame) => {
      if (!up && isForgotten === false && peekFrame(frame, 0, frame.length).kind === 'welcome') early++;
      return false;
    };
    const board = new TestBoard(4096, 7);
    wire.plug(board);
    runUntil(clock, () => isForgotten === true && board.link.phase === PHASE_LIVE);
    expect(early).toBe(0);
  });
});

describe('an old store was put back', () => {
  const record = { agentId: AGENT, agentName: 'counting', boardId: '01'.repeat(16), epoch: 4 } as AgentRecord;
  const helloOf = (epoch: number) =>
    Object.assign(new HelloMessage(), { epoch, flags: HELLO_HOLDS_PAGES, boardId: new Uint8Array(16).fill(2) });

  it('a board with an epoch that was granted to another one again is vacant', () => {
    expect(refusalOf(helloOf(4), record)?.reason).toBe(REFUSED_RETIRED);
  });

  it('a board with a newer epoch than the store knows is refused, with both named, and keeps its pages', () => {
    expect(refusalOf(helloOf(7), record)).toMatchObject({
      reason: REFUSED_NOT_OWNER,
      text: expect.stringMatching(/epoch 7, the store knows 4/),
    });
  });

  it('a board whose turn threw does not take an older head than it was told is durable', () => {
    const { clock, host, board, wire, isSettled } = start();
    const backup = host.disk.image.clone();
    board.turn((memory) => memory.setU32(4, 2));
    runUntil(clock, isSettled);
    wire.unplug();
    host.crash();
    host.disk.image = backup;
    board.link.requestReload();
    host.restart();
    wire.plug(board);
    runUntil(clock, () => board.link.phase === PHASE_REFUSED);
    expect(board.link.counters).toMatchObject({ oldStores: 1, refills: 0 });
    expect(board.link.isFenced).toBe(true);
  });
});
