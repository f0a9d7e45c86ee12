import type { AgentDefinition } from '../../src/agent/definition.js';
import { SimulatedBoard } from '../board.js';
import { AgentProgram } from '../boards/agent-program.js';
import type { Boot } from '../boards/program.js';
import { type FrameWatch, type Receiver, refusals } from '../checker/frame-watch.js';
import type { OwnershipHistory } from '../checker/ownership.js';
import { Violation } from '../checker/violation.js';
import type { Clock } from '../clock.js';
import { SimDevice } from '../device.js';
import type { SimLink } from '../links/port.js';
import type { Random } from '../random.js';
import { BoardEars, type WatchedBoard } from './board-ears.js';
import { type Counting, countingAgent } from './counting-agent.js';
import { DriftClock } from './drift-clock.js';
import { Flash, type Tear } from './flash.js';
import { Crash, type Steps } from './steps.js';

const PHASE_OFFLINE = 0;
/** Ids of agents are this, and their number above it, over and over. */
const AGENT_BYTE = 0xa6;

export interface MoveBoardOptions {
  readonly name: string;
  readonly boardId: Uint8Array;
  /** The agent that it was enrolled with; undefined: it is vacant. */
  readonly agent: number | undefined;
  readonly cells: number;
  readonly turnEveryMs: number;
  readonly leaseMs: number;
  /** Its ms per real ms. */
  readonly rate: number;
  readonly frameBytes: number;
  /** What its line holds at once. Default: a UART's. */
  readonly fifoBytes?: number;
}

/** The id of an agent by its number. */
export const agentIdOf = (agent: number) => new Uint8Array(16).fill(AGENT_BYTE + agent);
const agentOf = (agentId: Uint8Array) => agentId[0]! - AGENT_BYTE;

/** What a board is part of. */
export interface BoardWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly steps: Steps;
  readonly frames: FrameWatch;
  /** Of each agent, by its number. */
  readonly histories: readonly OwnershipHistory[];
  readonly isOver: boolean;
  /** What is durable of an agent. */
  headOf(agent: number): WatchedBoard['head'];
  count(what: string): void;
}

/** A device with flash that keeps whose agent it has, and a watch on all that it does. */
export class MoveBoard implements Counting, Receiver, WatchedBoard {
  readonly name: string;
  /** As the store writes it. */
  readonly boardId: string;
  readonly voice: number;
  readonly clock: DriftClock;
  readonly flash: Flash;
  readonly board: SimulatedBoard;
  device!: SimDevice;
  /** So many of the next turns throw. */
  throws = 0;
  burstUntilMs = 0;
  readonly ears: BoardEars;
  readonly #options: MoveBoardOptions;
  readonly #world: BoardWorld;

  constructor(world: BoardWorld, options: MoveBoardOptions) {
    const { name, boardId, agent } = options;
    this.#world = world;
    this.#options = options;
    this.name = name;
    this.voice = name.charCodeAt(0);
    this.boardId = Buffer.from(boardId).toString('hex');
    this.ears = new BoardEars(this, world.random);
    this.clock = new DriftClock(world.clock, options.rate);
    this.flash = new Flash(
      {
        step: () => world.steps.at(name, 'flash'),
        tear: () => this.#tear(),
        owned: (owned, epoch) => world.histories[agentOf(owned)]!.activated(this.boardId, epoch),
        retired: () => {},
      },
      agent === undefined ? undefined : agentIdOf(agent),
    );
    this.board = new SimulatedBoard({
      clock: this.clock,
      random: world.random,
      makeProgram: (boot) => this.#start(boot),
      onActivity: () => this.#look(),
      onFrame: (bytes, deliver) => {
        world.steps.at(name, 'receive');
        world.frames.deliver(bytes, this, deliver);
        this.#look();
      },
    });
  }

  plug(links: readonly SimLink[], first: number): void {
    this.device = new SimDevice(this.board, links, first);
  }

  /** The flash of another board is put into this one. */
  takeFlashOf(other: MoveBoard): void {
    this.flash.owner = other.flash.owner;
    this.flash.retired = other.flash.retired;
    this.flash.known = other.flash.known;
  }

  get program(): AgentProgram | undefined {
    return this.board.program as AgentProgram | undefined;
  }

  /** The number of the agent that it has, or is being prepared with; negative: none. */
  get agent(): number {
    return this.program === undefined ? -1 : agentOf(this.program.link.agentId);
  }

  get isOver(): boolean {
    return this.#world.isOver;
  }

  get isBursting(): boolean {
    return this.#world.clock.nowMs() < this.burstUntilMs;
  }

  turn(whose: number): void {
    const history = this.history!;
    if (this.program!.link.isFenced) history.fail(new Violation('I4', `${this.name} runs a turn, though it is fenced`));
    history.turn(this.boardId, this.program!.link.epoch, this.name);
    const { owner } = this.flash;
    if (owner === undefined || agentOf(owner.agentId) !== this.agent)
      history.fail(new Violation('I4', `${this.name} runs agent ${this.agent}, which its flash does not know of`));
    if (whose !== this.agent) history.fail(new Violation('I4', `${this.name} runs agent ${this.agent} on the pages of agent ${whose}`));
  }

  turned(): void {
    if (this.throws === 0) return;
    this.throws--;
    this.#world.count('turn thrown');
    throw new Error('a turn that was told to throw');
  }

  /** A frame of this board leaves it. */
  sent(frame: Uint8Array): void {
    this.#world.steps.at(this.name, 'send');
    this.ears.sent(frame);
  }

  get history(): OwnershipHistory | undefined {
    return this.#world.histories[this.agent];
  }

  get head() {
    return this.#world.headOf(this.agent);
  }

  #tear(): { readonly leaves: Tear; die(): never } | undefined {
    const leaves = this.#world.steps.tear?.(this.name);
    if (leaves === undefined) return undefined;
    const die = () => {
      throw new Crash(this.name, 'flash');
    };
    return { leaves, die };
  }

  #start(boot: Boot): AgentProgram {
    for (const { setBacks } of this.#world.histories) setBacks.started(this.boardId);
    const { boardId, cells, turnEveryMs, leaseMs, frameBytes, fifoBytes } = this.#options;
    const { owner, retired } = this.flash;
    const definition = countingAgent(cells, turnEveryMs, leaseMs, this) as unknown as AgentDefinition;
    const program = new AgentProgram(boot, definition, {
      boardId,
      agentId: owner?.agentId ?? new Uint8Array(16),
      vacant: owner === undefined,
      ...(retired === undefined ? {} : { retired }),
      ownership: this.flash,
      link: {
        frameBytes,
        ...(fifoBytes === undefined ? {} : { fifoBytes }),
        knownEpoch: this.flash.known.epoch,
        knownSession: this.flash.known.session,
      },
    });
    this.ears.hear(program);
    return program;
  }

  /** After everything that it did. */
  #look(): void {
    const { program } = this;
    if (program === undefined) return;
    const { link } = program;
    if (link.session !== 0 && !link.isVacant) this.flash.entered(link.epoch, link.session);
    if (link.counters.oldStores > 0) this.#checkOldStore();
    this.ears.look(program);
  }

  /** It refused its host: rightly, if an old store was put back. */
  #checkOldStore(): void {
    const { histories } = this.#world;
    for (const history of histories) history.setBacks.told();
    if (histories.every(({ setBacks }) => setBacks.count === 0)) throw new Violation('I3', `${this.name} takes the store for an old one`);
  }

  get refused(): number | undefined {
    const { link } = this.program ?? {};
    return link === undefined || link.phase === PHASE_OFFLINE ? undefined : refusals(link.counters);
  }

  /** What a frame can change of it. */
  describe(): string {
    const { link, memory } = this.program!;
    const { phase, session, epoch, sequence, acknowledgedSequence, hasState, isVacant, isFrozen, isFenced } = link;
    const flags = [hasState, isVacant, isFrozen, isFenced];
    return [phase, session, epoch, sequence, acknowledgedSequence, ...flags, Buffer.from(memory.bytes).toString('latin1')].join();
  }
}
