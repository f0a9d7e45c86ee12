import { describe, expect, it } from 'vitest';
import { HostSessions } from '../../host/sessions/host-sessions.js';
import { VirtualClock } from '../../sim/clock.js';
import { SimDisk, SimStore } from '../../sim/store/sim-store.js';
import { PagePool } from '../../src/delta/page-pool.js';
import { BoardLink } from '../../src/link/board-link.js';
import { PageMemory } from '../../src/memory/page-memory.js';

const nothing = () => undefined;
const listener = {
  onFresh: nothing,
  onRefilled: nothing,
  onContinued: nothing,
  onAcknowledged: nothing,
  onInput: () => false,
  onRefused: nothing,
  onError: nothing,
};

function boardOf(bootNonce: number): BoardLink {
  const id = new Uint8Array(16).fill(9);
  const memory = new PageMemory({ sizeBytes: 64 });
  return new BoardLink(
    { memory, boardId: id, agentId: id, agentName: Uint8Array.of(97), bootNonce, fingerprint: id.subarray(0, 8) },
    listener,
  );
}

describe('two hellos for one agent while the host reads it from the store', () => {
  it('are both answered, the older one when it is repeated', () => {
    const clock = new VirtualClock();
    const store = new SimStore(new SimDisk(clock, 1));
    const host = new HostSessions({
      store,
      pool: new PagePool(8),
      listener: { onWake: nothing, onSession: nothing, onHead: nothing, onOutput: nothing, onEvent: nothing },
    });
    const boards = [boardOf(1), boardOf(2)];
    const links = ['first', 'second'].map((name) => host.attach({ name, kind: 'mqtt', shared: true }));
    const answers = [0, 0];
    for (const board of boards) board.connected(0);
    for (let nowMs = 0; nowMs < 20_000; nowMs += 50) {
      while (clock.step(nowMs));
      boards.forEach((board, index) => {
        // The second board dies after its first hello.
        if (index === 1 && nowMs > 0) return;
        for (let count = board.poll(nowMs); count > 0; count = board.poll(nowMs)) host.receive(nowMs, links[index]!, board.frame, 0, count);
      });
      links.forEach((linkId, index) => {
        for (let count = host.poll(nowMs, linkId); count > 0; count = host.poll(nowMs, linkId)) {
          answers[index]!++;
          if (index === 0) boards[0]!.receive(nowMs, host.frame, 0, count);
        }
      });
    }
    expect(answers[0]).toBeGreaterThan(0);
    expect(boards[0]!.hasState).toBe(true);
  });
});
