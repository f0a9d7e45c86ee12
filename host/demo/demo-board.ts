import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SimulatedBoard } from '../../sim/board.js';
import { RealClock } from '../../sim/clock.js';
import { derive, type Random } from '../../sim/random.js';
import type { AgentDefinition } from '../../src/agent/index.js';
import { PHASE_LIVE } from '../../src/link/board-options.js';
import { BoardFlash } from './board-flash.js';
import { ExampleProgram } from './example-program.js';
import type { FleetBoard } from './fleet-board.js';
import type { Plug } from './plug.js';

const ID_BYTES = 16;

/** A simulated board that runs an example agent on the wall clock, over a real transport. */
export class DemoBoard implements FleetBoard {
  readonly name: string;
  readonly agentName: string;
  readonly boardId: string;
  readonly plug: Plug;
  powerLosses = 0;
  readonly #board: SimulatedBoard;
  readonly #flash: BoardFlash;
  #earlierCommits = 0;
  #earlierDeltas = 0;
  #refills = 0;

  /**
   * @param role a vacant board has the agent's program, and no agent
   * @param flashFolder keeps which agent it has from one run to the next; without it the board is new in every run
   */
  constructor(
    name: string,
    definition: AgentDefinition,
    plug: Plug,
    seed: number,
    index: number,
    role: 'board' | 'vacant' = 'board',
    flashFolder?: string,
  ) {
    this.name = name;
    this.agentName = definition.name;
    this.plug = plug;
    const random = derive(seed, role, index);
    const boardId = drawId(random);
    this.boardId = Buffer.from(boardId).toString('hex');
    const flashPath = flashFolder && join(flashFolder, `${this.boardId}-${definition.name}.json`);
    this.#flash = new BoardFlash(role === 'vacant' ? undefined : drawId(random), flashPath);
    this.#board = new SimulatedBoard({
      clock: new RealClock(),
      // The nonce of a start must be new in every run, whatever the seed.
      random: derive(Date.now(), name, index),
      makeProgram: (boot) => new ExampleProgram(boot, definition, boardId, this.#flash),
    });
  }

  get program(): ExampleProgram | undefined {
    return this.#board.program as ExampleProgram | undefined;
  }

  get agentId(): string {
    return this.#flash.agentId;
  }

  get link(): string {
    return this.plug.link;
  }

  get sentBytes(): number {
    return this.plug.sentBytes;
  }

  get isPowered(): boolean {
    return this.program !== undefined;
  }

  get dirtyPages(): number {
    return this.program?.memory.dirtyPageCount ?? 0;
  }

  get sequence(): number {
    return this.program?.link.sequence ?? 0;
  }

  get commits(): number {
    return this.#earlierCommits + (this.program?.runner.counters.turns ?? 0);
  }

  get deltas(): number {
    return this.#earlierDeltas + (this.program?.link.counters.deltasDone ?? 0);
  }

  get refills(): number {
    return this.#refills + (this.program?.link.counters.refills ?? 0);
  }

  get state(): Uint8Array {
    const memory = this.program?.memory;
    return memory === undefined ? new Uint8Array(0) : memory.bytes.slice(0, memory.sizeBytes);
  }

  get acknowledgedSequence(): number {
    return this.program?.link.acknowledgedSequence ?? 0;
  }

  get settled(): boolean {
    const link = this.program?.link;
    return link !== undefined && link.phase === PHASE_LIVE && link.isSettled && link.acknowledgedSequence > 0;
  }

  powerOn(): void {
    this.#board.powerOn();
    this.#board.plug(this.plug.powerOn());
  }

  async powerLoss(): Promise<void> {
    this.powerLosses++;
    this.#earlierCommits = this.commits;
    this.#earlierDeltas = this.deltas;
    this.#refills = this.refills;
    this.#board.powerLoss();
    await this.plug.powerOff();
  }

  /** No more turns; what is committed still goes out. */
  stopAgent(): void {
    if (this.program !== undefined) this.program.stopped = true;
  }

  async end(): Promise<void> {
    this.#board.plug(undefined);
    this.#board.powerLoss();
    await this.plug.powerOff();
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** 16 bytes. */
export function drawId(random: Random): Uint8Array {
  return Uint8Array.from({ length: ID_BYTES }, () => random.u32() & 0xff);
}
