import type { Phase } from '../../host/migration/plan.js';
import type { MigrationView } from '../../host/migration/report.js';
import type { AgentRecord } from '../../host/store/store.js';
import { FrameWatch } from '../checker/frame-watch.js';
import { OwnershipHistory } from '../checker/ownership.js';
import type { VirtualClock } from '../clock.js';
import type { SimLink } from '../links/port.js';
import { UP } from '../links/port.js';
import { derive } from '../random.js';
import type { SimHost } from '../sim-host.js';
import type { StoreWrite } from '../store/image.js';
import type { Trace } from '../trace.js';
import { DriftClock } from './drift-clock.js';
import { hostViews } from './host-views.js';
import { agentIdOf, MoveBoard } from './move-board.js';
import { moveHost } from './move-host.js';
import { give, isUnderWay, isWantedBy, type OrderKind } from './orders.js';
import { describeBoards, whyRestless } from './rest.js';
import { SharedDisk } from './shared-disk.js';
import type { Medium, WorldOptions } from './world-options.js';

const hexOf = (agent: number) => Buffer.from(agentIdOf(agent)).toString('hex');
/** The first agent's id, as the store writes it. */
export const AGENT = hexOf(0);
const BOARD_NAMES = 'ABCD';
/** Putting a store back takes so long. With a lease an operator waits until it has ended: a board may run that the store does not know of. */
const AWAY_MS = 300;
/** Events that say that a board and the store do not agree. */
const TELLING: readonly string[] = ['refused', 'divergence'];
/** More guest sessions than one host has in all its lives. */
const GUESTS_OF_HOST = 2 ** 32;

/** Agents that count, boards that may run them, one disk, and the hosts on it. */
export class MoveWorld {
  readonly boards: readonly MoveBoard[];
  readonly #clone: MoveBoard;
  readonly hosts: readonly SimHost[];
  readonly hostClock: DriftClock;
  readonly disk: SharedDisk;
  /** Of each agent, by its number. */
  readonly histories: readonly OwnershipHistory[];
  readonly agentIds: readonly string[];
  readonly links: readonly (readonly SimLink[])[];
  readonly leaseMs: number;
  /** Nobody counts any more. */
  isOver = false;
  readonly counts: Record<string, number> = {};
  /** Agents of which a host has not answered the newest order. */
  readonly ordering = new Set<number>();
  lastRefusal = '';
  readonly #clock: VirtualClock;
  /** The store is being put back: no host may start. */
  #awayUntilMs = 0;

  constructor(options: WorldOptions, medium: Medium, trace: Trace) {
    const { clock, steps } = medium;
    const { rates, agents = 1 } = options;
    const count = (what: string) => this.count(what);
    const frames = new FrameWatch(count);
    this.#clock = clock;
    this.leaseMs = options.leaseMs;
    this.agentIds = Array.from({ length: agents }, (_, agent) => hexOf(agent));
    this.histories = this.agentIds.map(() => new OwnershipHistory(this.leaseMs > 0));
    this.disk = new SharedDisk(medium.post, {
      step: (host) => steps.at(host, 'store'),
      durable: (write, before) => this.#durable(write, before),
    });
    const { histories } = this;
    const isOver = () => this.isOver;
    const makeBoard = (rate: number, index: number, name = BOARD_NAMES[index]!) => {
      const world = {
        clock,
        steps,
        frames,
        histories,
        count,
        headOf: (agent: number) => this.disk.image.peek(this.agentIds[agent] ?? ''),
        random: derive(options.seed, 'board', index),
        get isOver() {
          return isOver();
        },
      };
      const agent = index < agents ? index : undefined;
      return new MoveBoard(world, { ...options, name, boardId: new Uint8Array(16).fill(index + 1), agent, rate });
    };
    this.boards = rates.map((rate, index) => makeBoard(rate, index));
    this.#clone = makeBoard(1, 0, 'clone');
    this.links = this.devices.map((board, index) => {
      const damage = frames.damage((direction, frame) => {
        trace.event(clock.nowMs(), direction, frame, 0, frame.length);
        if (direction === UP) board.sent(frame);
        else board.ears.told(frame, this.#isOneHost);
      });
      return medium.makeLinks(index, damage);
    });
    for (const [index, board] of this.devices.entries()) board.plug(this.links[index]!, options.firstLinks[index] ?? 0);
    const views = this.links.flat().map((link) => hostViews(link, options.hosts));
    this.hostClock = new DriftClock(clock, options.hostRate ?? 1);
    const historyOf = (agentId: string) => histories[this.agentIds.indexOf(agentId)];
    const note = (agentId: string, kind: string) => {
      if (TELLING.includes(kind)) historyOf(agentId)?.setBacks.told();
      count(kind);
    };
    const onMove = (view: MigrationView) => medium.onMove?.(view);
    const hostWorld = { clock: this.hostClock, steps, frames, historyOf, disk: this.disk, note, onMove };
    this.hosts = Array.from({ length: options.hosts }, (_, index) =>
      moveHost(
        hostWorld,
        hostName(index),
        views.map((view) => view[index]!),
        GUESTS_OF_HOST * (2 ** 16 + index),
      ),
    );
  }

  get history(): OwnershipHistory {
    return this.histories[0]!;
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  start(): void {
    this.hosts[0]!.start();
    for (const { device } of this.boards) device.powerOn();
  }

  /** A backup of the store. */
  keepStore(): void {
    this.disk.keep();
    for (const history of this.histories) history.kept();
  }

  /** The hosts end, and the backup takes the place of the store. */
  putBackStore(): void {
    for (const index of this.hosts.keys()) this.kill(hostName(index));
    const awayMs = this.leaseMs > 0 ? this.leaseMs * 1.1 + 1000 : AWAY_MS;
    this.#awayUntilMs = this.#clock.nowMs() + awayMs;
    this.#clock.at(this.#awayUntilMs, () => this.revive(hostName(0)));
    this.disk.putBack();
    for (const [agent, history] of this.histories.entries()) history.setBack(this.disk.image.peek(this.agentIds[agent]!));
  }

  /** A second board with the identity of the first, and what its flash says. */
  startClone(): void {
    if (this.#clone.program !== undefined) return;
    this.#clone.takeFlashOf(this.boards[0]!);
    for (const history of this.histories) history.setBacks.twinned();
    this.#clone.device.powerOn();
  }

  /** It goes again; if it is the owner by now, the first one does. One of them stays; both, if each has an agent. */
  endClone(): void {
    const first = this.boards[0]!;
    const isOwner = this.agentIds.some((_, agent) => this.ownerOf(agent) === this.#clone);
    const isOther = first.agent >= 0 && first.agent !== this.#clone.agent;
    if (!isOwner && first.program !== undefined) this.#clone.device.powerLoss();
    else if (isOwner && !isOther) first.device.powerLoss();
  }

  isRunning(party: string): boolean {
    const board = this.devices.find(({ name }) => name === party);
    return board === undefined ? this.#host(party).running : board.board.running;
  }

  /** Loses power, or its process. */
  kill(party: string): void {
    const board = this.devices.find(({ name }) => name === party);
    if (board === undefined) {
      this.#host(party).crash();
      this.ordering.clear();
    } else board.device.powerLoss();
  }

  revive(party: string): void {
    const board = this.devices.find(({ name }) => name === party);
    if (board !== undefined) board.device.powerOn();
    else if (this.#clock.nowMs() >= this.#awayUntilMs) this.#host(party).start();
  }

  /** What an operator asks for; refused orders are counted. */
  order(kind: OrderKind, target: number, agent = 0): void {
    const sessions = this.hosts.find(({ running }) => running)?.sessions;
    if (sessions === undefined) return;
    const done = (error: Error | undefined) => {
      this.ordering.delete(agent);
      this.lastRefusal = error?.message ?? '';
      this.count(error === undefined ? `order ${kind}` : `order ${kind} refused`);
    };
    this.ordering.add(agent);
    const agentId = this.agentIds[agent]!;
    const boardId = this.boards[target]!.boardId;
    if (isWantedBy(sessions, agentId, boardId)) this.count('two agents want one board');
    const points = this.disk.image.history(agentId) ?? [];
    give(sessions, { kind, agentId, boardId, atSequence: points[points.length >> 1]?.sequence ?? 0 }, done);
  }

  recordOf(agent: number) {
    return this.disk.image.peek(this.agentIds[agent]!)?.record;
  }

  /** The board that runs the agent in its newest epoch, and stands in a session. */
  ownerOf(agent: number): MoveBoard | undefined {
    const record = this.recordOf(agent);
    return this.devices.find((board) => {
      const link = board.program?.link;
      if (board.boardId !== record?.boardId || board.agent !== agent || !link?.hasState || link.isFrozen || link.isFenced) return false;
      return link.epoch === record.epoch && link.session !== 0;
    });
  }

  /** Of the first agent. */
  get owner(): MoveBoard | undefined {
    return this.ownerOf(0);
  }

  /** Each agent has one. */
  get areOwned(): boolean {
    return this.agentIds.every((_, agent) => this.ownerOf(agent) !== undefined);
  }

  get #isOneHost(): boolean {
    return this.hosts.every(({ running }, index) => index === 0 || !running);
  }

  /** The clone is the last. */
  get devices(): readonly MoveBoard[] {
    return [...this.boards, this.#clone];
  }

  /** A move is under way. */
  get isMoving(): boolean {
    return this.ordering.size > 0 || this.agentIds.some((_, agent) => this.isMovingAgent(agent));
  }

  isMovingAgent(agent: number): boolean {
    return this.ordering.has(agent) || this.phasesOf(agent).some(isUnderWay);
  }

  /** Why the world has not come to rest; undefined: it has, and what the owners hold is durable. */
  whyRestless(): string | undefined {
    for (const agent of this.agentIds.keys()) {
      const why = whyRestless(this, agent);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  describeBoards(): string {
    return describeBoards(this.devices);
  }

  phasesOf(agent: number): (Phase | undefined)[] {
    return this.hosts.map(({ sessions }) => sessions?.migration(this.agentIds[agent]!)?.phase);
  }

  #durable(write: StoreWrite, before: AgentRecord | undefined): void {
    if (!('agentId' in write)) return;
    const head = this.disk.image.peek(write.agentId);
    if (write.kind === 'forget') this.histories[this.agentIds.indexOf(write.agentId)]!.setBack(undefined);
    else if (head !== undefined) this.histories[this.agentIds.indexOf(write.agentId)]!.durable(write, before, head);
  }

  #host(party: string): SimHost {
    return this.hosts.find((_, index) => hostName(index) === party)!;
  }
}

export function hostName(index: number): string {
  return index === 0 ? 'host' : `host${index + 1}`;
}

export type { OrderKind };
