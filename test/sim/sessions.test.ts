import { describe, expect, it } from 'vitest';
import { HostSessions } from '../../host/sessions/host-sessions.js';
import { InputQueue } from '../../host/sessions/input-queue.js';
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

const memories = new Map<BoardLink, PageMemory>();

function boardOf(bootNonce: number): BoardLink {
  const id = new Uint8Array(16).fill(9);
  const memory = new PageMemory({ sizeBytes: 64 });
  const link = new BoardLink(
    { memory, boardId: id, agentId: id, agentName: Uint8Array.of(97), bootNonce, fingerprint: id.subarray(0, 8) },
    listener,
  );
  memories.set(link, memory);
  return link;
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

describe('a turn that throws while a delta is undecided and the transport gone', () => {
  it('gives the delta up, and the refill finds no capture in flight', () => {
    const clock = new VirtualClock();
    const host = new HostSessions({
      store: new SimStore(new SimDisk(clock, 1)),
      pool: new PagePool(8),
      listener: { onWake: nothing, onSession: nothing, onHead: nothing, onOutput: nothing, onEvent: nothing },
    });
    const linkId = host.attach({ name: 'wire', kind: 'serial', shared: false });
    const board = boardOf(1);
    let nowMs = 0;
    const exchange = (steps: number, hostIsHeard = true) => {
      for (; steps > 0; steps--) {
        nowMs += 20;
        while (clock.step(nowMs));
        for (let count = board.poll(nowMs); count > 0; count = board.poll(nowMs)) host.receive(nowMs, linkId, board.frame, 0, count);
        for (let count = host.poll(nowMs, linkId); count > 0; count = host.poll(nowMs, linkId)) {
          if (hostIsHeard) board.receive(nowMs, host.frame, 0, count);
        }
      }
    };
    board.connected(0);
    exchange(20);
    memories.get(board)!.setU32(0, 1);
    board.commit();
    exchange(20);
    expect(board.acknowledgedSequence).toBe(1);
    memories.get(board)!.setU32(8, 2);
    board.commit();
    exchange(2, false);
    board.disconnected(nowMs);
    memories.get(board)!.setU32(12, 3);
    board.requestReload();
    board.connected(nowMs);
    exchange(50);
    expect(board.hasState).toBe(true);
    expect([memories.get(board)!.getU32(0), memories.get(board)!.getU32(8), memories.get(board)!.getU32(12)]).toEqual([1, 2, 0]);
  });
});

describe('messages sent faster than they are written', () => {
  it('wait in no greater number than is allowed, and those refused are told', () => {
    const clock = new VirtualClock();
    const queue = new InputQueue();
    const numbers: number[] = [];
    for (let i = 0; i < 10; i++) {
      if (queue.count >= 4) break;
      const number = queue.reserve();
      clock.at(5, () => (number === 2 ? queue.giveUp() : queue.add({ number, bytes: new Uint8Array(1) })));
      numbers.push(number);
    }
    expect(numbers).toEqual([1, 2, 3, 4]);
    while (clock.step(10));
    expect([queue.count, queue.after(0)!.number, queue.after(1)!.number]).toEqual([3, 1, 3]);
  });
});
