import { CHECKPOINT_HEADER_BYTES, type CheckpointSlots } from '../src/agent/checkpoint.js';
import type { AgentDefinition } from '../src/agent/definition.js';
import { SimulatedBoard } from './board.js';
import { AgentProgram } from './boards/agent-program.js';
import { fleetAgent } from './boards/fleet-agent.js';
import { GuestProgram } from './boards/guest-program.js';
import type { BoardProgram, Boot, WriterOrders } from './boards/program.js';
import { RawProgram } from './boards/raw-program.js';
import { StallingSlots } from './boards/stalling-slots.js';
import { BoardWatch, type DurableView } from './checker/board-watch.js';
import type { Checker } from './checker/checker.js';
import { CommitHistory } from './checker/history.js';
import type { RarePathCounts } from './checker/rare-paths.js';
import type { Clock } from './clock.js';
import { SimDevice } from './device.js';
import { MessageLink } from './links/message-link.js';
import type { SimLink } from './links/port.js';
import { SerialLink } from './links/serial-link.js';
import type { BoardOptions } from './options.js';
import { derive, deriveSeed, type Random } from './random.js';

export interface UnitContext {
  readonly clock: Clock;
  readonly seed: number;
  readonly rare: RarePathCounts;
  readonly checker: Checker;
  durable(agentId: string): ReturnType<DurableView['head']>;
}

const PAGE_BYTES = 256;
/** Pages looked at for a clean one. */
const POKE_TRIES = 8;
const CHECKPOINT_EVERY_MS = 1000;
const HOST_AWAY_MS = 3000;

/** One agent with the two boards that can run it: its own, and a clone of the same identity. */
export class Unit {
  readonly index: number;
  readonly options: BoardOptions;
  readonly agentId: string;
  readonly history: CommitHistory;
  readonly orders: WriterOrders = { stopped: false, burstUntilMs: 0, throws: 0, halted: false };
  readonly main: SimDevice;
  readonly clone: SimDevice;
  readonly #context: UnitContext;
  readonly #ids: { readonly agent: Uint8Array; readonly board: Uint8Array; readonly fingerprint: Uint8Array };
  readonly #programs: BoardProgram[] = [];
  readonly #watches = new Map<SimDevice, BoardWatch>();

  constructor(context: UnitContext, index: number, options: BoardOptions) {
    this.#context = context;
    this.index = index;
    this.options = options;
    const random = derive(context.seed, 'ids', index);
    const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.u32());
    this.#ids = { agent: bytes(16), board: bytes(16), fingerprint: bytes(8) };
    this.agentId = Buffer.from(this.#ids.agent).toString('hex');
    this.history = new CommitHistory(options.program === 'raw' ? options.sizeBytes : this.#define(random).sizeBytes);
    this.main = this.#makeDevice('board');
    this.clone = this.#makeDevice('clone');
  }

  get devices(): readonly SimDevice[] {
    return [this.main, this.clone];
  }

  get commits(): number {
    return this.history.commits;
  }

  watch(device: SimDevice): BoardWatch | undefined {
    return device.board.program && this.#watches.get(device);
  }

  /** Changes a byte of a clean page behind the write barrier. Raw boards only: an agent may rightly be upset by what it finds. */
  poke(): void {
    if (this.options.program !== 'raw') return;
    const { program } = this.main.board;
    const watch = this.watch(this.main);
    if (program === undefined || watch === undefined || !program.link.hasState) return;
    const { memory } = program;
    const random = derive(this.#context.seed, 'poke', this.history.commits);
    for (let tries = 0; tries < POKE_TRIES; tries++) {
      const page = random.below(memory.pageCount);
      if (watch.isBusy(page)) continue;
      memory.bytes[page * PAGE_BYTES + random.below(Math.min(PAGE_BYTES, memory.sizeBytes - page * PAGE_BYTES))]! ^= 1 + random.below(255);
      watch.poke(page);
      return;
    }
  }

  /** A clone goes again, unless it is the owner by now. */
  endClone(): void {
    if (!this.owns(this.clone)) this.clone.powerLoss();
  }

  /** What an operator does once faults are over: the clone goes unless it is the owner, and a fenced board is switched off and on. */
  settle(): void {
    if (this.owns(this.clone)) return;
    this.clone.powerLoss();
    if (this.main.board.program?.link.isFenced) this.main.powerLoss();
    this.main.powerOn();
  }

  /** The device holds the state of the newest epoch. */
  owns(device: SimDevice): boolean {
    const link = device.board.program?.link;
    return link?.hasState === true && link.epoch === this.#context.durable(this.agentId)?.epoch;
  }

  /** Adds what the links of all lives of this unit's boards have counted. */
  countRarePaths(): void {
    const { rare } = this.#context;
    for (const program of this.#programs) {
      const { counters } = program.link;
      rare.add('turn thrown', program.turnsThrown);
      if (program instanceof AgentProgram) rare.add('input set aside', program.runner.counters.inputsSetAside);
      rare.add('copy pool empty', counters.deltasAborted);
      rare.add('turn delayed', counters.turnsDelayed);
      rare.add('undecided delta brought back', counters.deltasUndecidedBroughtBack);
      rare.add('refill resumed', counters.refillsResumed);
    }
    for (const device of this.devices) {
      rare.add('link moved', device.moves);
      rare.add('power lost', device.powerLosses);
      for (const link of device.links) if (link instanceof SerialLink) rare.add('FIFO overrun', link.overrunBytes > 0 ? 1 : 0);
    }
  }

  #makeDevice(role: string): SimDevice {
    const { clock, seed, checker } = this.#context;
    const { options, index } = this;
    const serial: SimLink = new SerialLink(
      clock,
      deriveSeed(seed, `${role}-serial`, index),
      options.serial,
      checker.tap(() => serial),
    );
    const beside = role === 'clone' && options.cloneSharesTopics ? (this.main.links[1] as MessageLink) : undefined;
    const mqttSeed = deriveSeed(seed, `${role}-mqtt`, index);
    const mqtt: MessageLink = new MessageLink(
      clock,
      mqttSeed,
      options.mqtt,
      checker.tap(() => mqtt),
      beside,
    );
    const random = derive(seed, role, index);
    const slotBytes = this.history.sizeBytes + CHECKPOINT_HEADER_BYTES;
    const checkpoint = new StallingSlots(slotBytes, (forMs) => serial.hold(clock.nowMs() + forMs));
    const board = new SimulatedBoard({
      clock,
      random,
      makeProgram: (boot) => {
        const program = this.#makeProgram(boot, random, checkpoint);
        this.#programs.push(program);
        const durable = { head: () => this.#context.durable(this.agentId) };
        const name = `${role} ${index}`;
        this.#watches.set(device, new BoardWatch(name, program, options.maskCount, this.history, durable, this.#context.rare));
        return program;
      },
      onActivity: () => this.watch(device)?.check(),
      onFrame: (bytes, deliver) => checker.boardReceives(this, device, bytes, deliver),
    });
    const device: SimDevice = new SimDevice(board, [serial, mqtt], options.firstLink === 'serial' ? 0 : 1);
    return device;
  }

  #makeProgram(boot: Boot, random: Random, checkpoint: CheckpointSlots): BoardProgram {
    const { options, orders, index } = this;
    const { agent, board, fingerprint } = this.#ids;
    const link = { frameBytes: options.frameBytes, windowFrames: options.windowFrames, fifoBytes: options.serial.fifoBytes };
    const memory = { sizeBytes: options.sizeBytes, maskCount: options.maskCount, copyCount: options.copyCount };
    const { turnEveryMs, writer } = options;
    if (options.program === 'raw') {
      const agentName = new TextEncoder().encode(`raw-${index}`);
      return new RawProgram(boot, {
        memory,
        link: { ...link, boardId: board, agentId: agent, agentName, fingerprint },
        turnEveryMs,
        writer,
        random,
        orders,
      });
    }
    const { sizeBytes: _size, ...pools } = memory;
    const runner = {
      boardId: board,
      agentId: agent,
      link,
      memory: pools,
      checkpointEveryMs: CHECKPOINT_EVERY_MS,
      hostAwayMs: HOST_AWAY_MS,
    };
    const kept = options.runsAlone ? checkpoint : undefined;
    if (options.agent !== undefined) return new GuestProgram(boot, options.agent(), runner, orders, kept);
    return new AgentProgram(boot, this.#define(random), runner, kept);
  }

  /** The agent that runs where the program is one. */
  #define(random: Random): AgentDefinition {
    const { agent, sizeBytes, turnEveryMs, runsAlone } = this.options;
    if (agent !== undefined) return agent();
    const cells = Math.max(1, sizeBytes >>> 2);
    return fleetAgent(`agent-${this.index}`, cells, turnEveryMs, runsAlone, random, this.orders) as unknown as AgentDefinition;
  }
}
