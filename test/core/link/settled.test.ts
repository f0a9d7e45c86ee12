import { expect, it } from 'vitest';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { BoardLink } from '../../../src/link/board-link.js';
import { type BoardListener, PHASE_LIVE, PHASE_RESYNC } from '../../../src/link/board-options.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const STATE_BYTES = 2048;

const quiet: BoardListener = {
  onFresh: () => {},
  onRefilled: () => {},
  onContinued: () => {},
  onAcknowledged: () => {},
  onInput: () => false,
  onRefused: () => {},
  onError: () => {},
};

it('a board whose pages are being compared is not settled: what the host lacks is not marked yet', () => {
  const memory = new PageMemory({ sizeBytes: STATE_BYTES });
  const host = new MiniHost(STATE_BYTES);
  const ids = { boardId: new Uint8Array(16).fill(1), agentId: new Uint8Array(16).fill(2), agentName: Uint8Array.of(115) };
  const link = new BoardLink({ memory, ...ids, bootNonce: 1, fingerprint: new Uint8Array(8) }, quiet);
  const up = () => {
    for (let count = link.poll(0); count > 0; count = link.poll(0)) host.receive(0, link.frame, 0, count);
  };
  const down = () => {
    for (let count = host.poll(0); count > 0; count = host.poll(0)) link.receive(0, host.frame, 0, count);
  };
  const exchange = () => {
    for (let rounds = 0; rounds < 20; rounds++) {
      up();
      down();
    }
  };
  link.connected(0);
  exchange();
  memory.setU32(8, 7);
  link.commit();
  exchange();
  expect([link.phase, link.isSettled]).toEqual([PHASE_LIVE, true]);

  // A head that is none of the board's common points.
  host.headSequence += 5;
  link.disconnected(0);
  link.connected(0);
  up();
  down();
  expect([link.phase, memory.dirtyPageCount, link.isSettled]).toEqual([PHASE_RESYNC, 0, false]);
  exchange();
  expect([link.phase, link.isSettled]).toEqual([PHASE_LIVE, true]);
});
