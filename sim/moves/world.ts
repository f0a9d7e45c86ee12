import { OwnershipHistory } from '../checker/ownership.js';
import { Violation } from '../checker/violation.js';
import type { VirtualClock } from '../clock.js';
import type { Damage } from '../links/damage.js';
import type { SimLink } from '../links/port.js';
import { UP } from '../links/port.js';
import { derive } from '../random.js';
import type { SimHost } from '../sim-host.js';
import type { Trace } from '../trace.js';
import { hostViews } from './host-views.js';
import { MoveBoard } from './move-board.js';
import { moveHost } from './move-host.js';
import { type Post, SharedDisk } from './shared-disk.js';
import type { Steps } from './steps.js';

export interface WorldOptions {
  readonly seed: number;
  /** Boards by their clock rates: A has the agent at first, the others are vacant. */
  readonly rates: readonly number[];
  readonly hosts: number;
  readonly leaseMs: number;
  readonly turnEveryMs: number;
  /** Numbers in the agent's state besides its count. */
  readonly cells: number;
  readonly frameBytes: number;
  /** Each board's link in use at first: an index of its links. */
  readonly firstLinks: readonly number[];
}

/** What carries frames and writes, and where parties die: seeds and exhaustive runs differ in nothing else. */
export interface Medium {
  readonly clock: VirtualClock;
  readonly steps: Steps;
  readonly post: Post;
  makeLinks(board: number, damage: Damage): readonly SimLink[];
}

const AGENT_ID = new Uint8Array(16).fill(0xa6);
export const AGENT = Buffer.from(AGENT_ID).toString('hex');
const BOARD_NAMES = 'ABCD';
export type OrderKind = 'migrate' | 'restore' | 'rewind' | 'rollback' | 'abort';

/** One agent that counts, boards that may run it, one disk, and the hosts on it. */
export class MoveWorld {
  readonly boards: readonly MoveBoard[];
  readonly #clone: MoveBoard;
  readonly hosts: readonly SimHost[];
  readonly disk: SharedDisk;
  readonly history: OwnershipHistory;
  readonly links: readonly (readonly SimLink[])[];
  /** Nobody counts any more. */
  isOver = false;
  readonly counts: Record<string, number> = {};
  /** A host has not answered the newest order. */
  isOrdering = false;
  lastRefusal = '';

  constructor(options: WorldOptions, medium: Medium, trace: Trace) {
    const { clock, steps } = medium;
    const { seed, leaseMs, rates } = options;
    const history = new OwnershipHistory(leaseMs > 0);
    this.history = history;
    this.disk = new SharedDisk(medium.post, {
      step: (host) => steps.at(host, 'store'),
      durable: (write, before) => {
        const head = 'agentId' in write ? this.disk.image.peek(write.agentId) : undefined;
        if (head !== undefined) history.durable(write, before, head);
      },
    });
    const isOver = () => this.isOver;
    const { cells, turnEveryMs, frameBytes } = options;
    const makeBoard = (rate: number, index: number, name = BOARD_NAMES[index]!) => {
      const world = {
        clock,
        steps,
        history,
        random: derive(seed, 'board', index),
        get isOver() {
          return isOver();
        },
      };
      const boardId = new Uint8Array(16).fill(index + 1);
      const agentId = index === 0 ? AGENT_ID : undefined;
      return new MoveBoard(world, { name, boardId, agentId, cells, turnEveryMs, leaseMs, rate, frameBytes });
    };
    this.boards = rates.map((rate, index) => makeBoard(rate, index));
    this.#clone = makeBoard(1, 0, 'clone');
    const pass = { corrupt: (_: unknown, frame: Uint8Array) => frame, reseal: (_: unknown, frame: Uint8Array) => frame };
    this.links = this.#devices.map((board, index) => {
      const damage: Damage = {
        ...pass,
        sent: (direction, frame) => {
          trace.event(clock.nowMs(), direction, frame, 0, frame.length);
          if (direction === UP) board.sent(frame);
        },
      };
      return medium.makeLinks(index, damage);
    });
    for (const [index, board] of this.#devices.entries()) board.plug(this.links[index]!, options.firstLinks[index] ?? 0);
    const views = this.links.flat().map((link) => hostViews(link, options.hosts));
    const hostWorld = { clock, steps, history, disk: this.disk, note: (what: string) => this.count(what.replace(/^host\d?: /, '')) };
    this.hosts = Array.from({ length: options.hosts }, (_, index) =>
      moveHost(
        hostWorld,
        hostName(index),
        views.map((view) => view[index]!),
      ),
    );
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  start(): void {
    this.hosts[0]!.start();
    for (const { device } of this.boards) device.powerOn();
  }

  /** A second board with the identity of the first, and what its flash says. */
  startClone(): void {
    this.#clone.takeFlashOf(this.boards[0]!);
    this.#clone.device.powerOn();
  }

  /** It goes again; if it is the owner by now, the first one does. One of them stays. */
  endClone(): void {
    const { device, program } = this.boards[0]!;
    if (this.owner === this.#clone) device.powerLoss();
    else if (program !== undefined) this.#clone.device.powerLoss();
  }

  isRunning(party: string): boolean {
    const board = this.#devices.find(({ name }) => name === party);
    return board === undefined ? this.#host(party).running : board.board.running;
  }

  /** Loses power, or its process. */
  kill(party: string): void {
    const board = this.#devices.find(({ name }) => name === party);
    if (board === undefined) {
      this.#host(party).crash();
      this.isOrdering = false;
    } else board.device.powerLoss();
  }

  revive(party: string): void {
    const board = this.#devices.find(({ name }) => name === party);
    if (board === undefined) this.#host(party).start();
    else board.device.powerOn();
  }

  /** What an operator asks for; refused orders are counted. */
  order(kind: OrderKind, target: number): void {
    const sessions = this.hosts.find(({ running }) => running)?.sessions;
    if (sessions === undefined) return;
    const boardId = this.boards[target]!.boardId;
    const done = (error: Error | undefined) => {
      this.isOrdering = false;
      this.lastRefusal = error?.message ?? '';
      this.count(error === undefined ? `order ${kind}` : `order ${kind} refused`);
    };
    this.isOrdering = true;
    if (kind === 'migrate') sessions.migrate(AGENT, boardId, {}, done);
    else if (kind === 'restore') sessions.restore(AGENT, boardId, {}, done);
    else if (kind === 'rollback') sessions.rollback(AGENT, done);
    else if (kind === 'abort') done(sessions.abort(AGENT));
    else sessions.restore(AGENT, boardId, { atSequence: this.#olderSequence() }, done);
  }

  get record() {
    return this.disk.image.peek(AGENT)?.record;
  }

  /** The board that runs the agent in its newest epoch, and stands in a session. */
  get owner(): MoveBoard | undefined {
    const { record } = this;
    return this.#devices.find(({ boardId, program }) => {
      const link = program?.link;
      if (boardId !== record?.boardId || !link?.hasState || link.isFrozen || link.isFenced) return false;
      return link.epoch === record.epoch && link.session !== 0;
    });
  }

  get #devices(): readonly MoveBoard[] {
    return [...this.boards, this.#clone];
  }

  /** A move is under way. */
  get isMoving(): boolean {
    if (this.isOrdering) return true;
    return this.hosts.some(({ sessions }) => {
      const view = sessions?.migration(AGENT);
      return view !== undefined && view.phase !== 'done' && view.phase !== 'aborted';
    });
  }

  /** Why the world has not come to rest; undefined: it has, and what the owner holds is durable. */
  whyRestless(): string | undefined {
    const { owner, record } = this;
    if (this.isMoving) return `a move is under way: ${this.hosts.map(({ sessions }) => sessions?.migration(AGENT)?.phase)}`;
    if (owner === undefined) return `nobody runs epoch ${record?.epoch} of ${record?.boardId}: ${this.describeBoards()}`;
    const { link, memory } = owner.program!;
    if (!link.isSettled || link.acknowledgedSequence !== record!.sequence) return `${owner.name} is not settled`;
    const state = this.disk.image.peek(AGENT)!.state;
    if (Buffer.compare(state, memory.bytes.subarray(0, memory.sizeBytes)) !== 0)
      throw new Violation('I1', `${owner.name} holds another state than the disk`);
    return undefined;
  }

  describeBoards(): string {
    return this.#devices
      .map(({ name, program }) => {
        if (program === undefined) return `${name} off`;
        const { phase, epoch, isVacant, isFrozen, isFenced, sequence } = program.link;
        return `${name} phase ${phase} epoch ${epoch} at ${sequence}${isVacant ? ' vacant' : ''}${isFrozen ? ' frozen' : ''}${isFenced ? ' fenced' : ''}`;
      })
      .join(', ');
  }

  #olderSequence(): number {
    const points = this.disk.image.history(AGENT) ?? [];
    return points[points.length >> 1]?.sequence ?? 0;
  }

  #host(party: string): SimHost {
    return this.hosts.find((_, index) => hostName(index) === party)!;
  }
}

export function hostName(index: number): string {
  return index === 0 ? 'host' : `host${index + 1}`;
}
