import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PagePool } from '../../src/delta/page-pool.js';
import { BoardLink } from '../../src/link/board-link.js';
import type { BoardListener } from '../../src/link/board-options.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { HostSessions } from '../sessions/host-sessions.js';
import type { HostListener } from '../sessions/types.js';
import { MemoryStore } from './memory-store.js';

const ID_BYTES = 16;
const FINGERPRINT = new Uint8Array(8);
const POOL_PAGES = 4096;
const HELLO_ROUNDS_MAX = 1000;
const NOBODY: HostListener = { onWake() {}, onSession() {}, onHead() {}, onOutput() {}, onEvent() {} };

export interface HostMeasureOptions {
  readonly boards?: number;
  /** Bytes changed by each delta, in one run. */
  readonly deltaBytes?: number;
  readonly stateBytes?: number;
  readonly durationMs?: number;
  /** The boards compress their deltas. */
  readonly compress?: boolean;
}

export interface HostMeasure {
  readonly boards: number;
  readonly deltaBytes: number;
  readonly compress: boolean;
  /** Deltas received, assembled, verified, applied and acknowledged per second of one core, with a store that costs nothing. */
  readonly verifiedDeltasPerSecond: number;
  /** What the host's memory grows by for one board with an open session. */
  readonly memoryBytesPerBoard: number;
  /** The goal for it: state x 1.04 + 2.5 KiB. */
  readonly memoryGoalBytes: number;
}

/** Real sessions of real board links, in one process; only the host's part is timed. */
export function measureHost(options: HostMeasureOptions = {}): HostMeasure {
  const { boards: count = 256, deltaBytes = 300, stateBytes = 8192, durationMs = 3000, compress = false } = options;
  const store = new MemoryStore();
  const sessions = new HostSessions({ store, pool: new PagePool(POOL_PAGES), listener: NOBODY });
  const boards = Array.from({ length: count }, (_, index) => new MeasuredBoard(index, stateBytes, compress));
  const before = usedBytes();
  for (const board of boards) board.join(sessions, store);
  const memoryBytesPerBoard = Math.round((usedBytes() - before) / count);

  const endMs = performance.now() + durationMs;
  let deltas = 0;
  let hostMs = 0;
  for (let round = 1; performance.now() < endMs; round++) {
    for (const board of boards) {
      board.change(round, deltaBytes);
      hostMs += board.exchange(sessions, store);
      deltas++;
    }
  }
  if (boards.some((board) => !board.link.isSettled)) throw new Error('a delta was not acknowledged: the measure is void');
  return {
    boards: count,
    deltaBytes,
    compress,
    verifiedDeltasPerSecond: Math.round((deltas / hostMs) * 1000),
    memoryBytesPerBoard,
    memoryGoalBytes: Math.round(stateBytes * 1.04 + 2.5 * 1024),
  };
}

class MeasuredBoard implements BoardListener {
  readonly memory: PageMemory;
  readonly link: BoardLink;
  linkId = -1;

  constructor(index: number, stateBytes: number, compress: boolean) {
    const id = new Uint8Array(ID_BYTES);
    // An id of zeros is nobody's.
    new DataView(id.buffer).setUint32(0, index + 1);
    this.memory = new PageMemory({ sizeBytes: stateBytes });
    const names = { boardId: id, agentId: id, agentName: new Uint8Array(0), fingerprint: FINGERPRINT };
    this.link = new BoardLink({ memory: this.memory, ...names, bootNonce: index + 1, compress }, this);
  }

  /** Hello, welcome, and the first commit made durable. */
  join(sessions: HostSessions, store: MemoryStore): void {
    this.linkId = sessions.attach({ name: `m${this.linkId}`, kind: 'simulated', shared: false });
    this.link.connected(performance.now());
    for (let round = 0; round < HELLO_ROUNDS_MAX && !(this.link.hasState && this.link.isSettled); round++) this.exchange(sessions, store);
  }

  change(round: number, bytes: number): void {
    for (let at = 0; at < bytes; at += 4) this.memory.setU32(at, Math.imul(round + at, 0x9e3779b1));
    this.link.commit();
  }

  /** Carries frames both ways until neither side has one; returns the time that the host took, in milliseconds. */
  exchange(sessions: HostSessions, store: MemoryStore): number {
    const { link } = this;
    let hostMs = 0;
    for (;;) {
      const nowMs = performance.now();
      const up = link.poll(nowMs);
      const beginMs = performance.now();
      if (up > 0) sessions.receive(beginMs, this.linkId, link.frame, 0, up);
      const stored = store.run();
      const down = sessions.poll(beginMs, this.linkId);
      hostMs += performance.now() - beginMs;
      if (down > 0) link.receive(nowMs, sessions.frame, 0, down);
      if (up === 0 && down === 0 && !stored) return hostMs;
    }
  }

  onFresh(): void {
    this.memory.setU32(0, 1);
    this.link.commit();
  }

  onInput(): boolean {
    return false;
  }

  onRefilled(): void {}
  onContinued(): void {}
  onAcknowledged(): void {}
  onRefused(): void {}
  onError(): void {}
}

/** Heap and buffers in use after a collection, in bytes. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
