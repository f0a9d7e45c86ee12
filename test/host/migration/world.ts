import type { MigrationView } from '../../../host/migration/report.js';
import type { HostSessions } from '../../../host/sessions/host-sessions.js';
import { VirtualClock } from '../../../sim/clock.js';
import { type AgentDefinition, AgentRunner, defineAgent } from '../../../src/agent/index.js';
import { array, u32 } from '../../../src/state/index.js';
import { runFor, runUntil, TestHost, Wire, type WireBoard, type WireOptions } from '../sessions/harness.js';

export const AGENT_ID = new Uint8Array(16).fill(0xa1);
export const AGENT = 'a1'.repeat(16);
export const PERIOD_MS = 20;

/** Counts, says each number, and changes a place of its state that follows from it. */
export const counting = (lease?: number, name = 'counting', writes = 1, periodMs = PERIOD_MS): AgentDefinition =>
  defineAgent({
    name,
    state: { count: u32, heard: u32, cells: array(2000, u32) },
    outputs: { said: 'committed' },
    ...(lease === undefined ? {} : { lease }),
    initialise(state, turn) {
      for (let index = 0; index < 2000; index++) state.cells.set(index, Math.imul(index, 2654435761) >>> 0);
      turn.every('tick', periodMs);
    },
    timers: {
      tick(state, turn) {
        const next = state.count + 1;
        // While the host is away the ring fills: what cannot be said is not counted.
        if (!turn.emit('said', new Uint8Array([next & 255, next >>> 8]))) return;
        state.count = next;
        for (let write = 0; write < writes; write++) state.cells.set((next * writes + write * 7) % 2000, next);
      },
    },
    message(state) {
      state.heard += 1;
    },
  });

/** An agent's runner on a board whose flash says, over losses of power, whose board it is. */
export class MoveBoard implements WireBoard {
  readonly boardId: string;
  wire: Wire | undefined;
  runner!: AgentRunner;
  readonly link: WireBoard['link'];
  /** What the flash holds. */
  agentId: Uint8Array | undefined;
  retired: { agentId: Uint8Array; epoch: number } | undefined;
  activations: number[] = [];
  /** (epoch, count) at every turn that ended, over all lives. */
  readonly turns: { readonly epoch: number; readonly count: number; readonly atMs: number }[] = [];
  isBroken = false;
  #boots = 0;
  readonly #definition: AgentDefinition;
  readonly #byte: number;

  constructor(definition: AgentDefinition, byte: number, isVacant: boolean, agentByte = 0xa1) {
    this.#definition = definition;
    this.#byte = byte;
    this.boardId = byte.toString(16).padStart(2, '0').repeat(16);
    this.agentId = isVacant ? undefined : new Uint8Array(16).fill(agentByte);
    this.boot();
    const board = this;
    this.link = {
      connected: (nowMs) => board.runner.connected(nowMs),
      disconnected: (nowMs) => board.runner.disconnected(nowMs),
      receive: (nowMs, bytes, at, count) => board.runner.receive(nowMs, bytes, at, count),
      poll: (nowMs) => board.#poll(nowMs),
      dueMs: (nowMs) => board.runner.dueMs(nowMs),
      get frame() {
        return board.runner.frame;
      },
    };
  }

  get count(): number {
    return (this.runner.state as { count: number }).count;
  }

  get epoch(): number {
    return this.runner.link.epoch;
  }

  /** It may run turns. */
  isActive(nowMs: number): boolean {
    return this.runner.link.hasState && !this.runner.link.isVacant && this.runner.link.mayRunTurn(nowMs);
  }

  /** Power is lost, and comes back: the flash stays. */
  boot(): void {
    this.runner = new AgentRunner(this.#definition, {
      boardId: new Uint8Array(16).fill(this.#byte),
      agentId: this.agentId ?? new Uint8Array(16),
      vacant: this.agentId === undefined,
      ...(this.retired === undefined ? {} : { retired: this.retired }),
      bootNonce: this.#byte * 1000 + ++this.#boots,
      ownership: {
        storeOwned: (agentId, epoch) => {
          if (this.isBroken) return false;
          this.agentId = agentId.slice();
          this.activations.push(epoch);
          return true;
        },
        storeRetired: (agentId, epoch) => {
          this.agentId = undefined;
          this.retired = { agentId: agentId.slice(), epoch };
        },
      },
    });
  }

  #poll(nowMs: number): number {
    const before = this.runner.link.hasState ? this.count : 0;
    const turns = this.runner.tick(nowMs);
    for (let turn = 1; turn <= turns; turn++) this.turns.push({ epoch: this.epoch, count: before + turn, atMs: nowMs });
    return this.runner.poll(nowMs);
  }
}

/** A host, and boards on wires of their own; the first has the agent, the others are vacant. */
export class MoveWorld {
  readonly clock = new VirtualClock();
  readonly host: TestHost;
  readonly boards: MoveBoard[];
  readonly wires: Wire[];
  readonly phases: string[] = [];
  refusal: Error | undefined;

  constructor(boards = 2, options: Partial<WireOptions> = {}, definition = counting(), seed = 1) {
    this.host = new TestHost(this.clock, seed);
    this.host.onMigration = (_agentId: string, view: MigrationView) => this.phases.push(view.phase);
    this.boards = Array.from({ length: boards }, (_, index) => new MoveBoard(definition, 0xb1 + index, index > 0));
    this.wires = this.boards.map((_, index) => new Wire(this.host, options, seed + index, `wire${index}`));
    for (const [index, wire] of this.wires.entries()) wire.plug(this.boards[index]!);
  }

  get sessions(): HostSessions {
    return this.host.sessions;
  }

  get view(): MigrationView | undefined {
    return this.sessions.migration(AGENT);
  }

  get record() {
    return this.host.durable(AGENT)!.record;
  }

  /** Boards that may run a turn of the agent now. */
  get active(): string[] {
    return this.boards.filter((board) => board.isActive(this.clock.nowMs())).map(({ boardId }) => boardId);
  }

  until(condition: () => boolean, limitMs = 120_000): void {
    runUntil(this.clock, condition, limitMs);
  }

  pass(ms: number): void {
    runFor(this.clock, ms);
  }

  /** The agent runs on its first board, and the others are known to be vacant. */
  settle(): void {
    this.until(
      () => (this.host.durable(AGENT)?.record.sequence ?? 0) >= 5 && this.sessions.vacantBoards().length === this.boards.length - 1,
    );
  }

  readonly done = (error: Error | undefined): void => {
    this.refusal = error;
  };

  migrate(to: number, maxDowntimeMs?: number): void {
    this.sessions.migrate(AGENT, this.boards[to]!.boardId, maxDowntimeMs === undefined ? {} : { maxDowntimeMs }, this.done);
  }

  restore(to: number, atSequence?: number): void {
    this.sessions.restore(AGENT, this.boards[to]!.boardId, atSequence === undefined ? {} : { atSequence }, this.done);
  }

  /** Another host, started by mistake: it writes to the same store. */
  secondHost(): { sessions: HostSessions; plug(index: number): void } {
    const other = new TestHost(this.clock, 2);
    other.restartOn(this.host.store);
    return {
      sessions: other.sessions,
      plug: (index) => {
        const wire = new Wire(other, {}, 9, 'other');
        this.wires[index] = wire;
        wire.plug(this.boards[index]!);
      },
    };
  }

  powerCycle(index: number): void {
    const wire = this.wires[index]!;
    wire.unplug();
    this.boards[index]!.boot();
    wire.plug(this.boards[index]!);
  }

  /** The host dies and starts again: its links are new, the boards notice nothing. */
  restartHost(awayMs = 0): void {
    if (this.host.isUp) this.host.crash();
    if (awayMs > 0) this.pass(awayMs);
    // Started meanwhile.
    if (this.host.isUp) return;
    this.host.restart();
    for (const wire of this.wires) wire.plugHost();
  }

  /** Numbers that the agent said, in the order in which the host handed them on for the first time. */
  get said(): number[] {
    const ids = new Map<string, number>();
    for (const { sequence, index, bytes } of this.host.outputs) {
      const id = `${sequence}.${index}`;
      const at = 1 + bytes[0]!;
      if (!ids.has(id)) ids.set(id, bytes[at]! | (bytes[at + 1]! << 8));
    }
    return [...ids.values()];
  }
}

/** The numbers from 1 on, none missing, none twice. */
export function isGapless(said: readonly number[]): boolean {
  return said.every((number, index) => number === index + 1);
}
