// Boards and a host, joined by lines that lose, repeat and delay frames for as long as they like. Time is virtual; each board has a clock of
// its own, which may be fast or slow.
import type { Random } from '../../../bench/random.js';
import { BoardLink } from '../../../src/link/board-link.js';
import type { BoardListener } from '../../../src/link/board-options.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { AGENT, MovingHost } from './moving-host.js';

export const SIZE_BYTES = 1100;

export interface Faults {
  readonly loss: number;
  readonly twice: number;
  /** Share of frames that come so much later that sessions have ended meanwhile. */
  readonly late: number;
  readonly lateMs: number;
}

export const NO_FAULTS: Faults = { loss: 0, twice: 0, late: 0, lateMs: 0 };

interface Flight {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** A device with flash that keeps which agent it runs. */
export class MovingBoard implements BoardListener {
  readonly index: number;
  readonly leaseMs: number;
  readonly rate: number;
  memory = new PageMemory({ sizeBytes: SIZE_BYTES });
  link!: BoardLink;
  /** Flash. */
  hasAgent: boolean;
  retired: { agentId: Uint8Array; epoch: number } | undefined;
  /** The flash takes nothing. */
  isFlashBroken = false;
  readonly prepared: number[] = [];
  readonly told: string[] = [];
  #boots = 0;

  constructor(index: number, hasAgent: boolean, leaseMs = 0, rate = 1) {
    this.index = index;
    this.hasAgent = hasAgent;
    this.leaseMs = leaseMs;
    this.rate = rate;
    this.boot();
  }

  /** Power is lost and comes back. */
  boot(): void {
    this.#boots++;
    this.memory = new PageMemory({ sizeBytes: SIZE_BYTES });
    const options = {
      memory: this.memory,
      boardId: new Uint8Array(16).fill(this.index + 1),
      agentId: this.hasAgent ? AGENT : new Uint8Array(16),
      agentName: Uint8Array.of(109),
      bootNonce: this.#boots * 1000 + this.index,
      fingerprint: new Uint8Array(8),
      compress: false,
      frameBytes: 64,
      vacant: !this.hasAgent,
      leaseMs: this.leaseMs,
    };
    this.link = new BoardLink(this.retired === undefined ? options : { ...options, retired: this.retired }, this);
  }

  nowMs(realMs: number): number {
    return this.#boots * 17 + realMs * this.rate;
  }

  isActive(realMs: number): boolean {
    return this.link.mayRunTurn(this.nowMs(realMs));
  }

  turn(random: Random): void {
    this.memory.setU32(0, this.memory.getU32(0) + 1);
    for (let writes = random.below(4); writes > 0; writes--)
      this.memory.setU32(4 * random.between(1, (SIZE_BYTES >>> 2) - 1), random.u32());
    this.link.commit();
  }

  state(): Uint8Array {
    return this.memory.bytes.slice(0, SIZE_BYTES);
  }

  onFresh(): void {
    this.memory.setU32(4, 1);
    this.link.commit();
  }
  onRefilled(): void {}
  onContinued(): void {}
  onAcknowledged(): void {}
  onInput(): boolean {
    return false;
  }
  onRefused(reason: number): void {
    this.told.push(`refused ${reason}`);
  }
  onError(): void {}
  onPrepared(sequence: number): void {
    this.prepared.push(sequence);
  }
  onActivated(bytes: Uint8Array, at: number, count: number, epoch: number): boolean {
    if (this.isFlashBroken) return false;
    this.hasAgent = bytes.slice(at, at + count).every((byte, index) => byte === AGENT[index]);
    this.told.push(`activated ${epoch}`);
    return this.hasAgent;
  }
  onFrozen(): void {
    this.told.push('frozen');
  }
  onThawed(): void {
    this.told.push('thawed');
  }
  onRetired(epoch: number): void {
    this.hasAgent = false;
    this.retired = { agentId: AGENT.slice(), epoch };
    this.told.push(`retired ${epoch}`);
  }
}

export class MovingWorld {
  readonly host: MovingHost;
  readonly boards: MovingBoard[] = [];
  readonly random: Random;
  nowMs = 1000;
  faults = NO_FAULTS;
  /** Nothing passes between the host and these. */
  readonly cut = new Set<number>();
  /** What the host says takes so much longer. */
  downDelayMs = 0;
  readonly #up: Flight[][] = [];
  readonly #down: Flight[][] = [];

  constructor(random: Random, boardCount: number, leaseMs = 0, rates: readonly number[] = []) {
    this.random = random;
    this.host = new MovingHost(SIZE_BYTES, boardCount);
    for (let index = 0; index < boardCount; index++) {
      this.boards.push(new MovingBoard(index, index === 0, leaseMs, rates[index] ?? 1));
      this.#up.push([]);
      this.#down.push([]);
      this.plug(index);
    }
  }

  plug(index: number): void {
    const board = this.boards[index]!;
    board.link.connected(board.nowMs(this.nowMs));
  }

  /** Power is lost; what is on its way comes to the board that boots. */
  reboot(index: number): void {
    this.boards[index]!.boot();
    this.plug(index);
  }

  /** So many milliseconds, during which everybody says what there is to say. */
  pass(ms: number): void {
    this.nowMs += ms;
    for (const board of this.boards) {
      this.#deliver(board);
      this.#listen(board);
    }
  }

  /** Passes time until `done`, and fails if that takes longer than `limitMs`. */
  until(done: () => boolean, limitMs = 120_000, stepMs = 10): void {
    const endMs = this.nowMs + limitMs;
    while (!done()) {
      if (this.nowMs > endMs) throw new Error(`nothing came of it in ${limitMs} ms: ${this.#told()}`);
      this.host.step();
      this.pass(stepMs);
    }
  }

  #told(): string {
    const { record, target } = this.host;
    const boards = this.boards.map(
      ({ link, told }) => `${link.phase} epoch ${link.epoch}${link.isFrozen ? ' frozen' : ''}: ${told.slice(-3)}`,
    );
    return `epoch ${record.epoch} at ${record.board}, to ${target}; ${boards.join('; ')}`;
  }

  #deliver(board: MovingBoard): void {
    const { index } = board;
    for (const bytes of this.#due(this.#down[index]!)) board.link.receive(board.nowMs(this.nowMs), bytes, 0, bytes.length);
    for (const bytes of this.#due(this.#up[index]!)) this.host.receive(this.nowMs, index, bytes);
  }

  #listen(board: MovingBoard): void {
    const { index, link } = board;
    for (let count = link.poll(board.nowMs(this.nowMs)); count > 0; count = link.poll(board.nowMs(this.nowMs))) {
      this.#send(this.#up[index]!, index, link.frame.slice(0, count));
    }
    for (let count = this.host.poll(this.nowMs, index); count > 0; count = this.host.poll(this.nowMs, index)) {
      this.#send(this.#down[index]!, index, this.host.builder.bytes.slice(0, count));
    }
  }

  #send(line: Flight[], index: number, bytes: Uint8Array): void {
    const { random, faults } = this;
    if (this.cut.has(index)) return;
    for (let copies = random.chance(faults.twice) ? 2 : 1; copies > 0; copies--) {
      if (random.chance(faults.loss)) continue;
      const delayMs = line === this.#down[index] ? this.downDelayMs : 0;
      const lateMs = delayMs + (random.chance(faults.late) ? random.below(faults.lateMs) : 0);
      line.push({ atMs: this.nowMs + 1 + random.below(20) + lateMs, bytes });
    }
  }

  #due(line: Flight[]): Uint8Array[] {
    const due: Uint8Array[] = [];
    for (let at = 0; at < line.length; ) {
      if (line[at]!.atMs > this.nowMs) at++;
      else due.push(...line.splice(at, 1).map((flight) => flight.bytes));
    }
    return due;
  }
}
