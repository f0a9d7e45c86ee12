import { describe, expect, it } from 'vitest';
import { HostSessions } from '../../host/sessions/host-sessions.js';
import { InputQueue } from '../../host/sessions/input-queue.js';
import { peekFrame } from '../../sim/checker/frame-peek.js';
import { VirtualClock } from '../../sim/clock.js';
import { changeAndReseal } from '../../sim/links/damage.js';
import { SimDisk, SimStore } from '../../sim/store/sim-store.js';
import { PagePool } from '../../src/delta/page-pool.js';
import { BoardLink } from '../../src/link/board-link.js';
import { PHASE_LIVE } from '../../src/link/board-options.js';
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

/** A board, a host and a wire between them that carries everything at once. */
class Wire {
  readonly clock = new VirtualClock();
  readonly host = new HostSessions({
    store: new SimStore(new SimDisk(this.clock, 1)),
    pool: new PagePool(64),
    listener: { onWake: nothing, onSession: nothing, onHead: nothing, onOutput: nothing, onEvent: nothing },
  });
  readonly agentId = '09'.repeat(16);
  readonly board: BoardLink;
  readonly memory: PageMemory;
  nowMs = 0;
  hostIsHeard = true;
  damageNextDelta = false;
  readonly #linkId = this.host.attach({ name: 'wire', kind: 'serial', shared: false });

  constructor(board: BoardLink) {
    this.board = board;
    this.memory = memories.get(board)!;
  }

  exchange(steps: number): void {
    for (; steps > 0; steps--) this.#step();
  }

  exchangeUntil(done: () => boolean): void {
    for (let steps = 0; !done(); steps++) {
      expect(steps).toBeLessThan(1000);
      this.#step();
    }
  }

  #step(): void {
    const { board, host } = this;
    this.nowMs += 20;
    while (this.clock.step(this.nowMs));
    for (let count = board.poll(this.nowMs); count > 0; count = board.poll(this.nowMs)) {
      host.receive(this.nowMs, this.#linkId, this.#damaged(board.frame.slice(0, count)), 0, count);
    }
    for (let count = host.poll(this.nowMs, this.#linkId); count > 0; count = host.poll(this.nowMs, this.#linkId)) {
      if (this.hostIsHeard) board.receive(this.nowMs, host.frame, 0, count);
    }
  }

  #damaged(frame: Uint8Array): Uint8Array {
    const peeked = peekFrame(frame, 0, frame.length);
    if (!this.damageNextDelta || peeked.kind !== 'delta') return frame;
    this.damageNextDelta = false;
    return changeAndReseal(frame, peeked.chunkAt + peeked.chunkBytes - 6, 1);
  }
}

function boardOf(bootNonce: number, sizeBytes = 64): BoardLink {
  const id = new Uint8Array(16).fill(9);
  const memory = new PageMemory({ sizeBytes });
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
    const wire = new Wire(boardOf(1));
    const { board, memory } = wire;
    board.connected(0);
    wire.exchange(20);
    memory.setU32(0, 1);
    board.commit();
    wire.exchange(20);
    expect(board.acknowledgedSequence).toBe(1);
    memory.setU32(8, 2);
    board.commit();
    wire.hostIsHeard = false;
    wire.exchange(2);
    wire.hostIsHeard = true;
    board.disconnected(wire.nowMs);
    memory.setU32(12, 3);
    board.requestReload();
    board.connected(wire.nowMs);
    wire.exchange(50);
    expect(board.hasState).toBe(true);
    expect([memory.getU32(0), memory.getU32(8), memory.getU32(12)]).toEqual([1, 2, 0]);
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

describe('a delta that was damaged before it was sealed, and a link that dies before the next acknowledgement', () => {
  it('cost one more look at the hashes, not the whole state again', () => {
    const wire = new Wire(boardOf(1, 8192));
    const { board, memory } = wire;
    board.connected(0);
    wire.exchange(20);
    for (let offset = 0; offset < 8192; offset += 4) memory.setU32(offset, offset * 0x9e3779b1);
    board.commit();
    wire.exchange(200);
    expect(board.acknowledgedSequence).toBe(1);
    memory.setU32(4096, 1);
    board.commit();
    wire.damageNextDelta = true;
    wire.exchangeUntil(() => board.counters.mismatches === 1 && board.phase === PHASE_LIVE);
    memory.setU32(0, 2);
    board.commit();
    board.disconnected(wire.nowMs);
    board.connected(wire.nowMs);
    const bytesOut = board.counters.bytesOut;
    wire.exchangeUntil(() => board.isSettled);
    expect(board.counters.bytesOut - bytesOut).toBeLessThan(1000);
    expect(Buffer.compare(wire.host.state(wire.agentId)!, memory.bytes.subarray(0, 8192))).toBe(0);
  });
});
