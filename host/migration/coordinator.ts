import { MigrationStats } from '../../src/delta/migration-stats.js';
import { HELLO_FROZEN, REFUSED_BUSY, REFUSED_RETIRED } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { AgentEntry } from '../sessions/agent-entry.js';
import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import { REFUSED_RETRY_MS, type Refusal } from '../sessions/hello-decision.js';
import { toHex } from '../sessions/hex.js';
import type { LinkState } from '../sessions/link-state.js';
import type { Session } from '../sessions/session.js';
import type { GuestOwner, GuestSession } from './guest.js';
import type { Migration } from './migration.js';
import { MoveError } from './move-error.js';
import { MoveTable } from './move-table.js';
import { Mover } from './mover.js';
import { OpenPlans } from './open-plans.js';
import { VacantBoards } from './vacant-boards.js';
import { VacantDesk } from './vacant-desk.js';

/** A source whose agent is granted, while its target is not known to run. */
const UNDER_WAY_RETRY_MS = 1000;
const GUEST_PAGE_BYTES = 256;

/**
 * The moves of all agents, and the boards that wait for one. Hellos, frames, heads and the store's answers come in; what is to be done is
 * done by the Mover's steps. No timers: `dueMs` and `poll` of the links that take part bring the time.
 */
export class Coordinator implements GuestOwner {
  readonly stats = new MigrationStats();
  readonly vacant = new VacantBoards();
  readonly #context: SessionsContext;
  readonly #table = new MoveTable();
  readonly #mover: Mover;
  readonly #plans: OpenPlans;
  readonly #desk: VacantDesk;

  /** @param guestSessionBase guest sessions are numbered from here: a number that no other life of a host used */
  constructor(context: SessionsContext, heads: HeadKeeper, guestSessionBase: number) {
    this.#context = context;
    this.#mover = new Mover(context, heads, this.vacant);
    this.#plans = new OpenPlans(context, heads, this.#table, this.#mover);
    const { vacant } = this;
    const rooms = { context, vacant, table: this.#table, plans: this.#plans, mover: this.#mover, guests: this };
    this.#desk = new VacantDesk({ ...rooms, guestSessionBase });
  }

  /** The move of this agent, under way or ended since the host's start. */
  find(agentId: string): Migration | undefined {
    return this.#table.find(agentId);
  }

  get all(): IterableIterator<Migration> {
    return this.#table.all;
  }

  /** A move whose plan is durable begins, with the next poll of its target's link: an operator's order brings no time. */
  begin(m: Migration): void {
    const before = this.#table.find(m.agentId);
    before?.leaveGuest();
    if (before !== undefined && !before.isOver) this.#mover.dismiss(before);
    this.#table.put(m);
    m.dueMs = Number.NEGATIVE_INFINITY;
    const { nowMs, listener } = this.#context;
    m.startedMs = nowMs;
    listener.onMigration?.(m.agentId, m.view(nowMs));
    const board = this.vacant.find(nowMs, m.plan.target);
    if (board !== undefined) listener.onWake(board.link.linkId);
  }

  /** The operator gives it up. Too late once the agent is granted, or the grant is being written. */
  abort(m: Migration): MoveError | undefined {
    if (m.isOver) return new MoveError('nothing', `no move of agent ${m.agentId} is under way`);
    if (m.isGranted || m.phase === 'granting')
      return new MoveError('late', `agent ${m.agentId} is being granted to board ${m.plan.target}`);
    if (m.isBusy || m.entry.isBusy) return new MoveError('busy', `agent ${m.agentId} is being written; try again`);
    if (m.phase !== 'aborting') this.#mover.abort(m, 'given up by the operator');
    return undefined;
  }

  forget(agentId: string): void {
    const m = this.#table.find(agentId);
    m?.leaveGuest();
    if (m !== undefined && !m.isOver) this.#mover.dismiss(m);
    this.#table.drop(agentId);
  }

  // What happens

  /** What the store holds of this agent is known. A plan that is open goes on from the record. */
  loaded(nowMs: number, entry: AgentEntry): void {
    this.#plans.loaded(nowMs, entry);
  }

  /** Something was said to a guest: once it is the owner, its lease may run from there. */
  answered(nowMs: number, guest: GuestSession): void {
    const entry = this.#table.find(guest.agentId)?.entry;
    if (entry?.record?.boardId === guest.boardId) entry.answeredMs = nowMs;
  }

  /** A write or read of this agent ended. */
  settled(entry: AgentEntry): void {
    const m = this.#table.find(entry.agentId);
    if (m !== undefined) this.#mover.step(this.#context.nowMs, m);
  }

  frozen(nowMs: number, session: Session, sequence: number, digest: number): void {
    const m = this.#table.find(session.entry.agentId);
    if (m !== undefined && m.source === session) this.#mover.frozen(nowMs, m, sequence, digest);
  }

  guestPrepared(guest: GuestSession): void {
    const m = this.#table.find(guest.agentId);
    if (m === undefined || m.guest !== guest) return;
    const { nowMs } = this.#context;
    const roundMs = nowMs - m.roundMs;
    const roundBytes = m.bytesDown - m.roundBytes;
    const uncompressedBytes = m.rounds === 0 ? guest.memory.sizeBytes : m.leftPages * GUEST_PAGE_BYTES;
    if (m.rounds === 0) this.stats.recordFull(guest.memory.sizeBytes, roundMs);
    else this.stats.recordIncremental(roundBytes, roundMs);
    this.stats.recordCompression(uncompressedBytes, roundBytes);
    m.rounds++;
    m.convergence.measured(roundBytes, roundMs);
    if (m.phase === 'freezing') m.parts.lastRoundMs = roundMs;
    this.#mover.step(nowMs, m);
  }

  guestReport(guest: GuestSession, code: number, text: Uint8Array): void {
    this.#context.event(guest.agentId, 'report', { board: guest.boardId, code, text: new TextDecoder().decode(text) });
  }

  /** The agent's owner was welcomed. */
  welcomed(nowMs: number, entry: AgentEntry, { hello, helloMs }: LinkState): void {
    const m = this.#table.find(entry.agentId);
    if (m !== undefined && !m.isOver) this.#mover.welcomed(nowMs, m, (hello.flags & HELLO_FROZEN) !== 0, helloMs);
  }

  /** The first frame of this session came in. */
  spoke(nowMs: number, session: Session): void {
    const m = this.#table.find(session.entry.agentId);
    if (m !== undefined) this.#mover.spoke(nowMs, m, session);
  }

  /** The link is gone, or somebody else speaks on it. */
  linkLeft(link: LinkState): void {
    this.vacant.leave(link);
    for (const m of this.#table.open) {
      if (m.guest?.link === link) m.leaveGuest();
      else if (m.source?.link !== link || !m.source.isEnded) continue;
      this.#mover.step(this.#context.nowMs, m);
    }
  }

  // Hellos

  /** Why this hello gets no session now, whatever the record says; undefined: the record decides. */
  refusal(entry: AgentEntry, hello: HelloMessage): Refusal | undefined {
    const boardId = toHex(hello.boardId);
    const m = this.#table.find(entry.agentId);
    if (m === undefined) return undefined;
    const agent = `agent ${entry.agentId}`;
    const ownerId = entry.record!.boardId;
    const isWaitingForLease = m.phase === 'granting' && m.plan.kind === 'restore' && boardId === ownerId;
    if (isWaitingForLease || (m.phase === 'activating' && boardId === m.plan.source && boardId !== ownerId)) {
      return { reason: REFUSED_BUSY, retryAfterMs: UNDER_WAY_RETRY_MS, text: `${agent} is on its way to board ${m.plan.target}` };
    }
    // One that has lost its pages says nothing of epochs; one that knows of a newer epoch than the store is right, and the store is old.
    const hadIt = boardId === m.plan.source || boardId === m.plan.target;
    if (boardId === ownerId || !hadIt || hello.epoch > entry.record!.epoch) return undefined;
    return {
      reason: REFUSED_RETIRED,
      retryAfterMs: REFUSED_RETRY_MS,
      text: `${agent} is board ${ownerId}'s now: board ${boardId} is vacant`,
    };
  }

  /** A frozen board stays so: its last delta is on its way to the target. Any other is thawed by its welcome. */
  isHeld(entry: AgentEntry): boolean {
    const m = this.#table.find(entry.agentId);
    return m !== undefined && (m.phase === 'freezing' || m.phase === 'granting') && m.plan.source === entry.record?.boardId;
  }

  /** A vacant board said hello. */
  vacantHello(nowMs: number, link: LinkState, hello: HelloMessage): void {
    if (this.#desk.isRepeated(link, hello) || this.#desk.isClone(nowMs, link, hello)) return;
    if (link.session !== undefined) this.#context.endSession(link.session);
    link.isHelloPending = false;
    this.linkLeft(link);
    this.#vacated(nowMs, this.vacant.heard(nowMs, link, hello).boardId);
    this.#desk.answer(nowMs, link, hello);
  }

  // Time

  poll(nowMs: number, link: LinkState): void {
    if (!link.end.shared) this.#plans.list(nowMs);
    for (const m of this.#table.open) {
      if (m.isOver && !m.isUnwritten) this.#table.close(m);
      if (!takesPart(m, link, this.vacant)) continue;
      if (nowMs >= m.dueMs) this.#mover.step(nowMs, m);
    }
  }

  dueMs(link: LinkState): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const m of this.#table.open) if (takesPart(m, link, this.vacant)) dueMs = Math.min(dueMs, m.dueMs);
    return dueMs;
  }

  /** A board that had an agent says that it is vacant. */
  #vacated(nowMs: number, boardId: string): void {
    for (const m of this.#table.all) {
      if (m.isRetired || m.plan.source !== boardId || (m.phase !== 'retiring' && m.phase !== 'done')) continue;
      m.isRetired = true;
      this.#mover.step(nowMs, m);
    }
  }
}

/** Whether a link brings a move the time. While its target is away, that may be on any wire; to write its end any link is good enough. */
function takesPart(m: Migration, link: LinkState, vacant: VacantBoards): boolean {
  if (m.isOver) return m.isUnwritten;
  if (m.guest === undefined && link.isFree) return true;
  return m.guest?.link === link || m.entry.session?.link === link || m.source?.link === link || vacant.isOn(m.plan.target, link);
}
