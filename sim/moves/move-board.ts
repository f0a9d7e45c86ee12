import type { AgentDefinition } from '../../src/agent/definition.js';
import { SimulatedBoard } from '../board.js';
import { AgentProgram } from '../boards/agent-program.js';
import type { Boot } from '../boards/program.js';
import type { OwnershipHistory } from '../checker/ownership.js';
import type { Clock } from '../clock.js';
import { SimDevice } from '../device.js';
import type { SimLink } from '../links/port.js';
import type { Random } from '../random.js';
import { type Counting, countingAgent } from './counting-agent.js';
import { DriftClock } from './drift-clock.js';
import { Flash } from './flash.js';
import type { Steps } from './steps.js';

const FROZEN_KIND = 23;
const OUTPUT_KIND = 14;
const KIND_MASK = 31;

export interface MoveBoardOptions {
  readonly name: string;
  readonly boardId: Uint8Array;
  /** The agent that its flash names at first; undefined: it is vacant. */
  readonly agentId: Uint8Array | undefined;
  readonly cells: number;
  readonly turnEveryMs: number;
  readonly leaseMs: number;
  /** Its ms per real ms. */
  readonly rate: number;
  readonly frameBytes: number;
}

/** What a board is part of. */
export interface BoardWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly steps: Steps;
  readonly history: OwnershipHistory;
  readonly isOver: boolean;
}

/** A device with flash that keeps whose agent it has, and a watch on all that it does. */
export class MoveBoard implements Counting {
  readonly name: string;
  /** As the store writes it. */
  readonly boardId: string;
  readonly clock: DriftClock;
  readonly flash: Flash;
  readonly board: SimulatedBoard;
  device!: SimDevice;
  readonly #options: MoveBoardOptions;
  readonly #world: BoardWorld;
  #noted = '';

  constructor(world: BoardWorld, options: MoveBoardOptions) {
    const { name, boardId, agentId } = options;
    this.#world = world;
    this.#options = options;
    this.name = name;
    this.boardId = Buffer.from(boardId).toString('hex');
    this.clock = new DriftClock(world.clock, options.rate);
    this.flash = new Flash(
      {
        step: () => world.steps.at(name, 'flash'),
        owned: (epoch) => world.history.activated(this.boardId, epoch),
        retired: () => {},
      },
      agentId,
    );
    this.board = new SimulatedBoard({
      clock: this.clock,
      random: world.random,
      makeProgram: (boot) => this.#start(boot),
      onActivity: () => this.#look(),
      onFrame: (_bytes, deliver) => {
        world.steps.at(name, 'receive');
        deliver();
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
  }

  get program(): AgentProgram | undefined {
    return this.board.program as AgentProgram | undefined;
  }

  get isOver(): boolean {
    return this.#world.isOver;
  }

  turn(): void {
    this.#world.history.turn(this.boardId, this.program!.link.epoch, this.name);
  }

  /** A frame of this board leaves it. */
  sent(frame: Uint8Array): void {
    const { history, steps } = this.#world;
    steps.at(this.name, 'send');
    const kind = frame[0]! & KIND_MASK;
    const { epoch } = this.program!.link;
    if (kind === FROZEN_KIND) history.frozen(this.name, epoch);
    else if (kind === OUTPUT_KIND) history.shout(this.boardId, epoch, this.name);
  }

  #start(boot: Boot): AgentProgram {
    const { boardId, cells, turnEveryMs, leaseMs, frameBytes } = this.#options;
    const { owner, retired } = this.flash;
    const definition = countingAgent(cells, turnEveryMs, leaseMs, this) as unknown as AgentDefinition;
    const program = new AgentProgram(boot, definition, {
      boardId,
      agentId: owner?.agentId ?? new Uint8Array(16),
      vacant: owner === undefined,
      ...(retired === undefined ? {} : { retired }),
      ownership: this.flash,
      link: { frameBytes, knownEpoch: owner?.epoch ?? 0 },
    });
    const { link } = program;
    const commit = link.commit.bind(link);
    link.commit = () => {
      const sequence = commit();
      this.#note(program);
      return sequence;
    };
    return program;
  }

  /** A comparison of pages makes commits too. */
  #look(): void {
    const { program } = this;
    if (program?.link.hasState) this.#note(program);
  }

  #note({ link, memory, runner }: AgentProgram): void {
    const key = `${link.epoch} ${link.sequence}`;
    if (key === this.#noted || link.sequence === 0) return;
    this.#noted = key;
    this.#world.history.committed(link.epoch, link.sequence, runner.state.count as number, memory.bytes.subarray(0, memory.sizeBytes));
  }
}
