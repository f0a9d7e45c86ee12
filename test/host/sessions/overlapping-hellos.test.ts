import { expect, it } from 'vitest';
import { VirtualClock } from '../../../sim/clock.js';
import { PHASE_LIVE } from '../../../src/link/board-options.js';
import { REFUSED_NOT_OWNER } from '../../../src/wire/constants.js';
import { runFor, runUntil, TestBoard, TestHost, Wire } from './harness.js';

const SIZE_BYTES = 1024;
const LATENCY_MS = 1;
/** A grant takes longer than any number of hellos on their way. */
const SYNC_MS = 50;

it('a board that loses its RAM while its session is granted is judged by its newest hello, whoever else asks meanwhile', () => {
  const clock = new VirtualClock();
  const host = new TestHost(clock, 1, 64, SYNC_MS);
  const [wire, otherWire] = [1, 2].map((seed) => new Wire(host, { latencyMs: LATENCY_MS, shared: true }, seed)) as [Wire, Wire];
  const board = new TestBoard(SIZE_BYTES, 7);
  wire.plug(board);
  board.turn((memory) => memory.setU32(0, 1));
  runUntil(clock, () => board.link.phase === PHASE_LIVE && board.link.isSettled);

  board.link.connected(clock.nowMs());
  wire.pumpBoard();
  runFor(clock, 2 * LATENCY_MS);
  const rebooted = new TestBoard(SIZE_BYTES, 8);
  wire.plug(rebooted);
  runFor(clock, 2 * LATENCY_MS);
  const other = new TestBoard(SIZE_BYTES, 9, { boardId: new Uint8Array(16).fill(0xb2) });
  otherWire.plug(other);
  runFor(clock, 2 * LATENCY_MS);
  expect(host.sessions.agent('a1'.repeat(16))).toMatchObject({ session: 1 });

  runUntil(clock, () => rebooted.link.phase === PHASE_LIVE && rebooted.link.isSettled);
  expect(rebooted.state()).toEqual(board.state());
  expect(other.refused).toContain(REFUSED_NOT_OWNER);
});
