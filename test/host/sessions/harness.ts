import type { MigrationView } from '../../../host/migration/report.js';
import { HostSessions } from '../../../host/sessions/host-sessions.js';
import type { AgentOutput, HostListener, LinkEnd } from '../../../host/sessions/types.js';
import type { Alarm, VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import { SimDisk, SimStore } from '../../../sim/store/sim-store.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { BoardLink } from '../../../src/link/board-link.js';
import type { BoardLinkOptions, BoardListener } from '../../../src/link/board-options.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { cobsBytesMax } from '../../../src/wire/cobs.js';

/** A wire between one board and the host. All chances are per frame. */
export interface WireOptions {
  readonly latencyMs: number;
  readonly lossUp: number;
  readonly lossDown: number;
  readonly duplicate: number;
  /** Extra latency up to this, drawn per frame: frames overtake each other. */
  readonly jitterMs: number;
  readonly corrupt: number;
  /** Bytes per second; 0: no limit. */
  readonly bytesPerSecond: number;
  readonly shared: boolean;
}

export const cleanWire: WireOptions = {
  latencyMs: 5,
  lossUp: 0,
  lossDown: 0,
  duplicate: 0,
  jitterMs: 0,
  corrupt: 0,
  bytesPerSecond: 0,
  shared: false,
};

export const AGENT_ID = new Uint8Array(16).fill(0xa1);
export const BOARD_ID = new Uint8Array(16).fill(0xb1);
export const AGENT = 'a1'.repeat(16);

/** A host with its sessions over a disk that outlives it, in virtual time. */
export class TestHost implements HostListener {
  readonly clock: VirtualClock;
  readonly disk: SimDisk;
  readonly pool: PagePool;
  store: SimStore;
  sessions: HostSessions;
  readonly wires = new Map<number, Wire>();
  readonly heads: number[] = [];
  readonly outputs: AgentOutput[] = [];
  readonly events: { kind: string; detail: string }[] = [];
  isUp = true;

  constructor(clock: VirtualClock, seed = 1, poolPages = 4096, syncMs = 1) {
    this.clock = clock;
    this.pool = new PagePool(poolPages);
    this.disk = new SimDisk(clock, seed, { syncMinMs: syncMs, syncMaxMs: syncMs, readMs: 0.2 });
    this.store = new SimStore(this.disk);
    this.sessions = new HostSessions({ store: this.store, pool: this.pool, listener: this, clock: () => clock.nowMs() });
  }

  /** The process dies: what was not synced is gone, and so is all its memory. */
  crash(): void {
    this.store.crash();
    this.isUp = false;
    for (const wire of this.wires.values()) wire.linkId = -1;
    this.wires.clear();
  }

  restart(): void {
    this.restartOn(new SimStore(this.disk));
  }

  restartOn(store: SimStore): void {
    this.store = store;
    const pool = new PagePool(this.pool.cellCount);
    this.sessions = new HostSessions({ store: this.store, pool, listener: this, clock: () => this.clock.nowMs() });
    this.isUp = true;
  }

  durable(agentId = AGENT) {
    return this.store.durable(agentId);
  }

  onWake(linkId: number): void {
    const wire = this.wires.get(linkId);
    if (wire !== undefined) this.clock.at(this.clock.nowMs(), () => wire.pumpHost());
  }

  onMigration: (agentId: string, view: MigrationView) => void = () => {};

  onSession(): void {}

  onHead(_agentId: string, sequence: number): void {
    this.heads.push(sequence);
  }

  onOutput(_agentId: string, output: AgentOutput): void {
    this.outputs.push(output);
  }

  onEvent(_agentId: string, kind: string, detail: string): void {
    this.events.push({ kind, detail });
  }
}

/** What a wire carries frames for. */
export interface WireBoard {
  readonly link: Pick<BoardLink, 'connected' | 'disconnected' | 'receive' | 'poll' | 'dueMs' | 'frame'>;
  wire: Wire | undefined;
}

/** A board with a raw program: the test writes its memory and commits. */
export class TestBoard implements BoardListener {
  readonly memory: PageMemory;
  readonly link: BoardLink;
  wire: Wire | undefined;
  fresh = 0;
  refilled = 0;
  continued = 0;
  readonly acknowledged: number[] = [];
  readonly refused: number[] = [];
  readonly inputs: number[] = [];
  takesInputs = true;
  onFreshDo: (board: TestBoard) => void = () => {};

  constructor(sizeBytes: number, bootNonce: number, more: Partial<BoardLinkOptions> = {}, memory = {}) {
    this.memory = new PageMemory({ sizeBytes, ...memory });
    const options = {
      memory: this.memory,
      boardId: BOARD_ID,
      agentId: AGENT_ID,
      agentName: new Uint8Array([0x74]),
      bootNonce,
      fingerprint: new Uint8Array(8).fill(0xf1),
      ...more,
    };
    this.link = new BoardLink(options, this);
  }

  /** One turn. */
  turn(write: (memory: PageMemory) => void): number {
    write(this.memory);
    const sequence = this.link.commit();
    this.wire?.pumpBoard();
    return sequence;
  }

  state(): Uint8Array {
    return this.memory.bytes.slice(0, this.memory.sizeBytes);
  }

  onFresh(): void {
    this.fresh++;
    this.onFreshDo(this);
  }

  onRefilled(): void {
    this.refilled++;
  }

  onContinued(): void {
    this.continued++;
  }

  onAcknowledged(sequence: number): void {
    this.acknowledged.push(sequence);
  }

  onInput(number: number): boolean {
    if (this.takesInputs) this.inputs.push(number);
    return this.takesInputs;
  }

  onRefused(reason: number): void {
    this.refused.push(reason);
  }

  onError(): void {}
}

/** Carries frames with faults; pumps both ends whenever something may have changed. */
export class Wire {
  readonly host: TestHost;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly end: LinkEnd;
  options: WireOptions;
  board: WireBoard | undefined;
  linkId = -1;
  isCut = false;
  bytesUp = 0;
  bytesDown = 0;
  framesUp = 0;
  framesDown = 0;
  /** Frames that the test looks at or swallows: true drops it. */
  filter: (up: boolean, frame: Uint8Array) => boolean = () => false;
  #freeUpMs = 0;
  #freeDownMs = 0;
  #boardAlarm: Alarm | undefined;
  #hostAlarm: Alarm | undefined;
  idleWakes = 0;

  constructor(host: TestHost, options: Partial<WireOptions> = {}, seed = 1, name = 'wire') {
    this.host = host;
    this.clock = host.clock;
    this.options = { ...cleanWire, ...options };
    this.random = new Random(seed);
    this.end = { name, kind: 'simulated', shared: this.options.shared };
  }

  plug(board: WireBoard): void {
    this.board = board;
    board.wire = this;
    this.plugHost();
    board.link.connected(this.clock.nowMs());
    this.pumpBoard();
  }

  plugHost(): void {
    if (this.linkId >= 0 || !this.host.isUp) return;
    this.linkId = this.host.sessions.attach(this.end);
    this.host.wires.set(this.linkId, this);
    this.pumpHost();
  }

  /** Both ends notice. */
  unplug(): void {
    this.board?.link.disconnected(this.clock.nowMs());
    if (this.board !== undefined) this.board.wire = undefined;
    this.board = undefined;
    if (this.linkId >= 0) {
      this.host.sessions.detach(this.linkId);
      this.host.wires.delete(this.linkId);
    }
    this.linkId = -1;
  }

  pumpBoard(): void {
    const link = this.board?.link;
    if (link === undefined) return;
    for (;;) {
      const nowMs = this.clock.nowMs();
      if (this.options.bytesPerSecond > 0 && this.#freeUpMs > nowMs) {
        this.#wakeBoard(this.#freeUpMs);
        return;
      }
      const count = link.poll(nowMs);
      if (count === 0) break;
      this.#freeUpMs = this.#send(true, link.frame.slice(0, count), this.#freeUpMs);
    }
    this.#wakeBoard(link.dueMs(this.clock.nowMs()));
  }

  pumpHost(): void {
    if (this.linkId < 0) return;
    const sessions = this.host.sessions;
    for (;;) {
      const nowMs = this.clock.nowMs();
      if (this.options.bytesPerSecond > 0 && this.#freeDownMs > nowMs) {
        this.#wakeHost(this.#freeDownMs);
        return;
      }
      const count = sessions.poll(nowMs, this.linkId);
      if (count === 0) break;
      this.#freeDownMs = this.#send(false, sessions.frame.slice(0, count), this.#freeDownMs);
    }
    this.#wakeHost(sessions.dueMs(this.clock.nowMs(), this.linkId));
  }

  #wakeBoard(dueMs: number): void {
    this.#boardAlarm?.cancel();
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#boardAlarm = this.clock.at(this.#notTooOften(dueMs, true), () => this.pumpBoard());
  }

  #wakeHost(dueMs: number): void {
    this.#hostAlarm?.cancel();
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#hostAlarm = this.clock.at(this.#notTooOften(dueMs, false), () => this.pumpHost());
  }

  /** A `dueMs` in the past with nothing to poll would spin: a fault of the link, not of the wire. */
  #notTooOften(dueMs: number, up: boolean): number {
    const nowMs = this.clock.nowMs();
    if (dueMs > nowMs) return dueMs;
    this.idleWakes++;
    if (this.idleWakes > 10_000) throw new Error(`${up ? 'board' : 'host'}: due at once, but nothing to send`);
    return nowMs + 0.1;
  }

  /** Puts a frame on the wire as if it had been late. */
  deliverUp(frame: Uint8Array): void {
    if (this.linkId < 0) return;
    this.host.sessions.receive(this.clock.nowMs(), this.linkId, frame, 0, frame.length);
    this.pumpHost();
  }

  deliverDown(frame: Uint8Array): void {
    if (this.board === undefined) return;
    this.board.link.receive(this.clock.nowMs(), frame, 0, frame.length);
    this.pumpBoard();
  }

  /** Returns when the line is free again. */
  #send(up: boolean, frame: Uint8Array, freeMs: number): number {
    const { options, random, clock } = this;
    const lineBytes = cobsBytesMax(frame.length) + 1;
    const startMs = Math.max(clock.nowMs(), freeMs);
    const endMs = options.bytesPerSecond > 0 ? startMs + (lineBytes * 1000) / options.bytesPerSecond : startMs;
    if (up) {
      this.bytesUp += lineBytes;
      this.framesUp++;
    } else {
      this.bytesDown += lineBytes;
      this.framesDown++;
    }
    if (this.isCut || this.filter(up, frame) || random.unit() < (up ? options.lossUp : options.lossDown)) return endMs;
    if (random.unit() < options.corrupt) frame[Math.floor(random.unit() * frame.length)]! ^= 1 << Math.floor(random.unit() * 8);
    const copies = random.unit() < options.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const arriveMs = endMs + options.latencyMs + random.unit() * options.jitterMs;
      clock.at(arriveMs, () => (up ? this.deliverUp(frame) : this.deliverDown(frame)));
    }
    return endMs;
  }
}

/** Runs until `condition` or fails after `limitMs` of virtual time. */
export function runUntil(clock: VirtualClock, condition: () => boolean, limitMs = 60_000): void {
  const endMs = clock.nowMs() + limitMs;
  while (!condition()) {
    if (!clock.step(endMs)) throw new Error(`the condition did not come true within ${limitMs} ms of virtual time`);
  }
}

export function runFor(clock: VirtualClock, durationMs: number): void {
  const endMs = clock.nowMs() + durationMs;
  while (clock.step(endMs));
}
