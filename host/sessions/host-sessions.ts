import type { MigrationStats } from '../../src/delta/migration-stats.js';
import { createLinkCounters, type LinkCounters } from '../../src/link/counters.js';
import { GATE_REFUSED } from '../../src/link/frame-gate.js';
import { DIRECTION_DOWN, KIND_HELLO, KIND_NO_SESSION, KIND_REFUSED, KIND_WELCOME } from '../../src/wire/constants.js';
import { frameSeed } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { Coordinator } from '../migration/coordinator.js';
import type { MoveDone, MoveError } from '../migration/move-error.js';
import { Moves } from '../migration/moves.js';
import type { MigrationView } from '../migration/report.js';
import { type PreviewDone, previewRestore } from '../migration/restore-preview.js';
import type { VacantBoardView } from '../migration/vacant-boards.js';
import { type Store, StoreError } from '../store/store.js';
import { AgentBook } from './agent-book.js';
import type { AgentEntry } from './agent-entry.js';
import { viewOf } from './agent-view.js';
import { ignore, type SessionsContext } from './context.js';
import { HeadKeeper } from './head-keeper.js';
import { HelloDesk } from './hello-desk.js';
import { LinkState } from './link-state.js';
import { RoomQueue } from './room-queue.js';
import type { Session, SessionOwner } from './session.js';
import type { AgentView, HostListener, HostSessionsOptions, InputDone, LinkEnd } from './types.js';

export const DEFAULT_WINDOW_FRAMES = 16;
export const DEFAULT_INPUTS_MAX = 64;
export const DEFAULT_AGENTS_MAX = 4096;
export const DEFAULT_STATE_BYTES_MAX = 2 ** 30;
export const DEFAULT_GUEST_SESSION_BASE = 2 ** 48;

/**
 * Every session of every board, and the agents behind them. Time, bytes and the store's answers come in, frames and events go out: no
 * timers, no ports. The simulator and the real host run this same code.
 */
export class HostSessions implements SessionsContext, SessionOwner {
  /** The frame that `poll` made, without COBS. */
  readonly frame: Uint8Array;
  readonly counters: LinkCounters = createLinkCounters();
  readonly links = new Map<number, LinkState>();
  readonly store: Store;
  readonly listener: HostListener;
  readonly book: AgentBook;
  nowMs = 0;
  firstMs = Number.NaN;
  readonly #room: RoomQueue;
  readonly #heads: HeadKeeper;
  readonly #desk: HelloDesk;
  readonly #coordinator: Coordinator;
  readonly #moves: Moves;
  readonly #builder = new FrameBuilder();
  readonly #decoder = new TextDecoder();
  readonly #zeroSeed = frameSeed(DIRECTION_DOWN, 0);
  readonly #clock: () => number;
  #nextLinkId = 1;

  constructor(options: HostSessionsOptions) {
    this.store = options.store;
    this.listener = options.listener;
    const limits = { agents: options.agentsMax ?? DEFAULT_AGENTS_MAX, stateBytes: options.stateBytesMax ?? DEFAULT_STATE_BYTES_MAX };
    this.book = new AgentBook(options.store, options.pool, limits);
    this.#room = new RoomQueue(this.book, options.listener);
    this.#heads = new HeadKeeper(this, this.#room, options.inputsMax ?? DEFAULT_INPUTS_MAX);
    this.#coordinator = new Coordinator(this, this.#heads, options.guestSessionBase ?? DEFAULT_GUEST_SESSION_BASE);
    this.#moves = new Moves(this, this.#heads, this.#coordinator);
    this.#desk = new HelloDesk(this, this.#heads, this, this.#coordinator, options.windowFrames ?? DEFAULT_WINDOW_FRAMES);
    this.#clock = options.clock ?? (() => this.nowMs);
    this.frame = this.#builder.bytes;
  }

  /**
   * A transport has a new end. Returns its linkId. Who is at the end of a wire is called at once: a board that waits for an agent, or that
   * was in a session of this host's last life, would say hello when its own time has come.
   */
  attach(end: LinkEnd): number {
    const linkId = this.#nextLinkId++;
    const link = new LinkState(linkId, end, this.counters);
    link.isNoSessionDue = !end.shared;
    this.links.set(linkId, link);
    return linkId;
  }

  /** The end is gone; the board may come back on another one. */
  detach(linkId: number): void {
    const link = this.links.get(linkId);
    if (link === undefined) return;
    this.links.delete(linkId);
    if (link.session !== undefined) this.endSession(link.session);
    this.#coordinator.linkLeft(link);
    for (const entry of this.book.entries) if (entry.waiting === link) entry.waiting = undefined;
  }

  /** Takes one frame, without COBS. */
  receive(nowMs: number, linkId: number, bytes: Uint8Array, at: number, count: number): void {
    this.#time(nowMs);
    const link = this.links.get(linkId);
    if (link === undefined) return;
    const sessionless = this.counters.sessionless;
    const kind = link.gate.accept(bytes, at, count);
    const session = link.session;
    if (kind === KIND_HELLO) {
      this.#desk.take(nowMs, link);
    } else if (kind !== GATE_REFUSED && session !== undefined) {
      const isFirst = !session.isHeard;
      session.heard(nowMs);
      if (isFirst) this.#coordinator.spoke(nowMs, session);
      session.entry.frameBytesUp += count;
      session.hostLink.take(nowMs, kind, link.gate.reader, bytes);
    } else if (kind !== GATE_REFUSED && link.guest !== undefined) {
      link.guest.heard(nowMs, count);
      link.guest.guestLink.take(nowMs, kind, link.gate.reader, bytes);
    } else if (kind !== GATE_REFUSED) {
      this.counters.unexpected++;
    } else if (this.counters.sessionless > sessionless) {
      link.call(nowMs);
    }
  }

  /** Makes the next frame for this link in `frame`; returns its length, 0 if there is none now. */
  poll(nowMs: number, linkId: number): number {
    this.#time(nowMs);
    const link = this.links.get(linkId);
    if (link === undefined) return 0;
    if (link.probe !== undefined) this.#desk.pollProbe(nowMs, link);
    this.#coordinator.poll(nowMs, link);
    const length = this.#build(nowMs, link);
    if (length === 0) return 0;
    this.counters.framesOut++;
    this.counters.bytesOut += length;
    if (link.session !== undefined) {
      link.session.entry.frameBytesDown += length;
      if (link.session.isOwner) link.session.entry.answeredMs = nowMs;
    }
    if (link.guest !== undefined) {
      link.guest.frameBytesDown += length;
      this.#coordinator.answered(nowMs, link.guest);
    }
    return length;
  }

  /** When `poll` has something to do for this link, or, without one, for any. */
  dueMs(nowMs: number, linkId?: number): number {
    if (linkId !== undefined) {
      const link = this.links.get(linkId);
      return link === undefined ? Number.POSITIVE_INFINITY : this.#linkDueMs(nowMs, link);
    }
    let dueMs = Number.POSITIVE_INFINITY;
    for (const link of this.links.values()) dueMs = Math.min(dueMs, this.#linkDueMs(nowMs, link));
    return dueMs;
  }

  /** The agents that this host has met since its start. */
  agents(): AgentView[] {
    const views: AgentView[] = [];
    for (const entry of this.book.entries) if (entry.record !== undefined) views.push(viewOf(entry, entry.record));
    return views;
  }

  agent(agentId: string): AgentView | undefined {
    const entry = this.book.find(agentId);
    return entry?.record === undefined ? undefined : viewOf(entry, entry.record);
  }

  /** A copy of the head's content, or undefined when the agent is not known here. */
  state(agentId: string): Uint8Array | undefined {
    const memory = this.book.find(agentId)?.memory;
    return memory?.bytes.slice(0, memory.sizeBytes);
  }

  /** Queues a message for an agent, durably; `done` has its number. It is dropped when a durable head has consumed it. */
  sendInput(agentId: string, bytes: Uint8Array, done: InputDone): void {
    this.#heads.sendInput(agentId, bytes, done);
  }

  /** Forgets an agent with all that is retained of it; a board that comes with its pages later starts a new line. */
  forget(agentId: string, done: (error: StoreError | undefined) => void): void {
    const entry = this.book.entryOf(agentId);
    if (entry.isBusy) {
      done(new StoreError('unknown', `agent ${agentId} is being written; try again`));
      return;
    }
    if (entry.session !== undefined) this.endSession(entry.session);
    this.#coordinator.forget(agentId);
    entry.isBusy = true;
    this.store.forget(agentId, (error) => {
      entry.isBusy = false;
      if (error === undefined) this.book.drop(agentId);
      done(error);
      // A hello may have come meanwhile.
      this.settled(entry);
    });
  }

  // Moves

  /** The boards that wait for an agent. */
  vacantBoards(): VacantBoardView[] {
    return this.#coordinator.vacant.views(this.#clock());
  }

  /**
   * Brings an agent whose board is gone to a vacant one; with `atSequence`, the content that it had then, as a new commit. `done`: all was
   * checked, and the plan is durable; `onMigration` tells the rest.
   */
  restore(agentId: string, boardId: string, options: { readonly atSequence?: number }, done: MoveDone): void {
    this.#time(this.#clock());
    this.#moves.start(agentId, { kind: 'restore', target: boardId, ...options }, done);
  }

  /** Moves a running agent to a vacant board. With `maxDowntimeMs` it is refused if it would stand still for longer. */
  migrate(agentId: string, boardId: string, options: { readonly maxDowntimeMs?: number }, done: MoveDone): void {
    this.#time(this.#clock());
    this.#moves.start(agentId, { kind: 'migrate', target: boardId, ...options }, done);
  }

  /** Before the grant: the source goes on. After the move: one back, while the board that had the agent is vacant and there. */
  rollback(agentId: string, done: MoveDone): void {
    this.#time(this.#clock());
    this.#moves.rollback(agentId, done);
  }

  /** Gives up a move that has not come to its grant; returns why not. */
  abort(agentId: string): MoveError | undefined {
    this.#time(this.#clock());
    return this.#moves.abort(agentId);
  }

  /** How the newest move of this agent stands, or went; undefined: none since the host's start, nor before. */
  migration(agentId: string): MigrationView | undefined {
    return this.#coordinator.find(agentId)?.view(this.#clock());
  }

  migrations(): MigrationView[] {
    return [...this.#coordinator.all].map((move) => move.view(this.#clock()));
  }

  get migrationStats(): MigrationStats {
    return this.#coordinator.stats;
  }

  /** What a restore of an older sequence undoes for the agent, and not for the world. */
  previewRestore(agentId: string, atSequence: number, done: PreviewDone): void {
    previewRestore(this.store, agentId, atSequence, done);
  }

  // What the rooms and the sessions ask for

  clockMs(): number {
    return this.#clock();
  }

  loaded(entry: AgentEntry): void {
    this.#coordinator.loaded(this.nowMs, entry);
  }

  settled(entry: AgentEntry): void {
    this.#desk.settled(entry);
    this.#coordinator.settled(entry);
  }

  endSession(session: Session): void {
    const wasCurrent = session.entry.session === session;
    session.end();
    if (wasCurrent) this.listener.onSession(session.entry.agentId, -1);
    this.#room.wake();
  }

  /** A refusal told again and again is told once. */
  event(agentId: string, kind: string, detail: Record<string, unknown>): void {
    const event = { kind, detail: JSON.stringify(detail) };
    const entry = this.book.find(agentId);
    const text = kind + event.detail;
    if (entry?.lastEvent === text && kind !== 'report') return;
    if (entry !== undefined) entry.lastEvent = text;
    this.store.putEvent(agentId, event, ignore);
    this.listener.onEvent(agentId, kind, event.detail);
  }

  append(session: Session, sequence: number, digest: number): void {
    this.#heads.append(session, sequence, digest);
  }

  roomWanted(session: Session): void {
    this.#room.add(session);
  }

  schema(session: Session, bytes: Uint8Array): void {
    this.store.putSchema(session.entry.record!.fingerprint, bytes, ignore);
  }

  frozen(session: Session, sequence: number, digest: number): void {
    this.#coordinator.frozen(this.nowMs, session, sequence, digest);
  }

  /**
   * A lease runs from a question that is answered. Where another host may have ended this session, the store is asked first: what was asked
   * before the session was ended may be answered, nothing after. An answer that does not come is asked for again.
   */
  question(session: Session, nonce: number): boolean {
    const { entry, number } = session;
    if (this.store.isShared !== true || (entry.record?.leaseMs ?? 0) === 0) return false;
    this.store.load(entry.agentId, (error, stored) => {
      if (error !== undefined || session.isEnded) return;
      if (stored?.session === number) {
        session.hostLink.answer(nonce);
        this.wake(session);
      } else if (session.isOwner && !entry.isBusy) {
        this.#lost(session);
      }
    });
    return true;
  }

  refilled(session: Session): void {
    this.listener.onSession(session.entry.agentId, session.link.linkId);
  }

  output(session: Session, sequence: number, index: number, bytes: Uint8Array): void {
    if (!session.isOwner) return;
    this.listener.onOutput(session.entry.agentId, { sequence, index, bytes, committed: false });
  }

  report(session: Session, code: number, text: Uint8Array): void {
    this.event(session.entry.agentId, 'report', { code, text: this.#decoder.decode(text) });
  }

  wake(session: Session): void {
    this.listener.onWake(session.link.linkId);
  }

  /** Another host has ended this session. The board says hello, and whoever is quicker has it. */
  #lost(session: Session): void {
    const { entry, link } = session;
    this.endSession(session);
    this.#heads.reload(entry);
    link.isNoSessionDue = true;
    this.listener.onWake(link.linkId);
  }

  #time(nowMs: number): void {
    this.nowMs = nowMs;
    if (Number.isNaN(this.firstMs)) this.firstMs = nowMs;
  }

  // Frames

  #build(nowMs: number, link: LinkState): number {
    const builder = this.#builder;
    if (link.isWelcomeDue) {
      link.isWelcomeDue = false;
      builder.begin(KIND_WELCOME);
      link.welcome.write(builder);
    } else if (link.isRefusedDue) {
      link.isRefusedDue = false;
      builder.begin(KIND_REFUSED);
      link.refused.write(builder);
    } else if (link.isNoSessionDue) {
      link.isNoSessionDue = false;
      if (link.session !== undefined || link.guest !== undefined) return 0;
      link.noSessionMs = nowMs;
      builder.begin(KIND_NO_SESSION);
    } else if (link.session?.hostLink.poll(nowMs, builder)) {
      return builder.seal(link.session.seed);
    } else if (link.guest?.guestLink.poll(nowMs, builder)) {
      return builder.seal(link.guest.seed);
    } else {
      return 0;
    }
    return builder.seal(this.#zeroSeed);
  }

  #linkDueMs(nowMs: number, link: LinkState): number {
    if (link.isWelcomeDue || link.isRefusedDue || link.isNoSessionDue) return nowMs;
    const probeMs = link.probe?.dueMs ?? Number.POSITIVE_INFINITY;
    const hostLink = link.session?.hostLink ?? link.guest?.guestLink;
    return Math.min(probeMs, this.#coordinator.dueMs(link), hostLink?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
  }
}
