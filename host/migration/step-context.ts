import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import type { Migration } from './migration.js';
import { encodePlan, type Phase } from './plan.js';
import type { VacantBoards } from './vacant-boards.js';

/** Before the grant, source and target may be away for so long; then the move is given up, so that another can be ordered. */
export const AWAY_LIMIT_MS = 120_000;
/** How often a guest session that says nothing is looked at, and the store after a failure. */
export const WATCH_MS = 1000;

/**
 * Does what can be done now for a move in one phase. Returns the phase that it goes on with at once; undefined: it waits for a board, the
 * store, or `dueMs`.
 */
export type Step = (nowMs: number, m: Migration, moves: StepContext) => Phase | undefined;

/** What the steps of all moves share. Nothing here decides anything. */
export class StepContext {
  readonly sessions: SessionsContext;
  readonly heads: HeadKeeper;
  readonly vacant: VacantBoards;
  /** Of the newest FREEZE. */
  freezeNonce = 0;
  readonly #resume: (m: Migration) => void;

  /** @param resume takes the next step of a move, when the store has answered */
  constructor(sessions: SessionsContext, heads: HeadKeeper, vacant: VacantBoards, resume: (m: Migration) => void) {
    this.sessions = sessions;
    this.heads = heads;
    this.vacant = vacant;
    this.#resume = resume;
  }

  get nowMs(): number {
    return this.sessions.nowMs;
  }

  resume(m: Migration): void {
    this.#resume(m);
  }

  enter(m: Migration, phase: Phase): void {
    if (m.phase === phase) return;
    m.phase = phase;
    this.sessions.listener.onMigration?.(m.agentId, m.view(this.nowMs));
  }

  wake(linkId: number): void {
    this.sessions.listener.onWake(linkId);
  }

  /** Makes a board without a session say hello. */
  call(linkId: number): void {
    const link = this.sessions.links.get(linkId);
    if (link === undefined) return;
    link.isNoSessionDue = true;
    this.wake(linkId);
  }

  /**
   * Calls the target: on its link, or, while nobody knows where it is, on every wire where it may be. Whether there is anybody to call.
   */
  callTarget(nowMs: number, m: Migration): boolean {
    const board = this.vacant.find(nowMs, m.plan.target);
    if (board !== undefined) {
      this.call(board.link.linkId);
      return true;
    }
    let isAnyFree = false;
    for (const link of this.sessions.links.values()) {
      if (!link.isFree || this.vacant.isAnyOn(link)) continue;
      isAnyFree = true;
      link.call(nowMs);
      this.wake(link.linkId);
    }
    return isAnyFree;
  }

  /** Looks again after a while. A link of the move must be woken for it: its poll is what time comes in with. */
  watch(nowMs: number, m: Migration, afterMs = WATCH_MS): void {
    m.dueMs = Math.min(nowMs + afterMs, m.limitMs);
  }

  /** The guest is not ready: one that says nothing any more is called into another session. */
  watchGuest(nowMs: number, m: Migration): void {
    const guest = m.guest!;
    if (guest.guestLink.isStuck) {
      m.leaveGuest();
      this.call(guest.link.linkId);
    }
    this.watch(nowMs, m);
  }

  /** Whether the target lacks something, which is on its way now. */
  follow(nowMs: number, m: Migration): boolean {
    const { entry } = m;
    const guest = m.guest!;
    if (m.isRewinding || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;
    m.roundMs = nowMs;
    m.roundBytes = m.bytesDown;
    guest.guestLink.follow(entry.memory!, entry.record!.sequence);
    this.wake(guest.link.linkId);
    this.watch(nowMs, m);
    return true;
  }

  /** Whether the move was given up, because it waited for this board too long. */
  isAwayTooLong(nowMs: number, m: Migration, boardId: string): boolean {
    if (m.awayMs === 0) m.awayMs = nowMs;
    if (nowMs < m.awayMs + AWAY_LIMIT_MS) return false;
    this.abort(m, `board ${boardId} was away for ${AWAY_LIMIT_MS / 1000} s`);
    return true;
  }

  /** What this move said to the source means nothing any more: it says hello, and the record answers. */
  dismiss(m: Migration): void {
    const session = m.source ?? m.entry.session;
    if (session !== undefined && !session.isEnded && !session.isOwner) {
      this.sessions.endSession(session);
      this.call(session.link.linkId);
    }
  }

  /** A source that may have frozen, and did not say so: its hello says it, and is its thaw if need be. A late FREEZE dies with the session. */
  recall(m: Migration): void {
    // In a newer session than the one in which it was told to freeze it may not have said yet that it stands still.
    const session = m.source === undefined || m.source.isEnded ? m.entry.session : m.source;
    if (!m.mayBeFrozen || session === undefined || session.isEnded) return;
    m.mayBeFrozen = false;
    this.sessions.endSession(session);
    this.call(session.link.linkId);
  }

  /** Before the grant: the source goes on. */
  abort(m: Migration, reason: string): void {
    m.reason = reason;
    m.isRetrying = false;
    if (!m.isFrozen) {
      this.recall(m);
      this.finish(m, 'aborted');
      return;
    }
    this.enter(m, 'aborting');
    m.isBusy = true;
    m.plan = { ...m.plan, phase: 'aborting', reason: reason.slice(0, 500) };
    this.#put(m, () => {
      m.isBusy = false;
      this.resume(m);
    });
  }

  finish(m: Migration, phase: 'done' | 'aborted'): void {
    const { downtimeMs } = m.parts;
    m.endedMs = this.nowMs;
    const reason = m.reason === '' ? {} : { reason: m.reason.slice(0, 500) };
    m.plan = { ...m.plan, phase, ...reason, ...(downtimeMs > 0 ? { downtimeMs } : {}) };
    this.writeEnd(m);
    const link = m.guest?.link;
    m.leaveGuest();
    if (link !== undefined) this.call(link.linkId);
    this.enter(m, phase);
    const { agentId: _agentId, ...detail } = m.view(this.nowMs);
    this.sessions.event(m.agentId, phase === 'done' ? `${m.plan.kind}-done` : `${m.plan.kind}-aborted`, detail);
  }

  /** Writes how it ended; what failed is tried again, unless another plan is about to take its place. */
  writeEnd(m: Migration): void {
    m.isUnwritten = true;
    if (m.entry.orderedTo !== undefined) {
      m.dueMs = this.nowMs + WATCH_MS;
      return;
    }
    m.dueMs = Number.POSITIVE_INFINITY;
    m.isBusy = true;
    this.#put(m, (isDurable) => {
      m.isBusy = false;
      m.isUnwritten = !isDurable && m.entry.record !== undefined;
      if (!m.isUnwritten) return;
      m.dueMs = this.nowMs + WATCH_MS;
      for (const linkId of this.sessions.links.keys()) this.wake(linkId);
    });
  }

  /** Makes the plan, as it is now, durable. */
  #put(m: Migration, done: (isDurable: boolean) => void): void {
    const bytes = encodePlan(m.plan);
    this.sessions.store.putPlan(m.agentId, bytes, (error) => {
      if (error === undefined && m.entry.record !== undefined) m.entry.record = { ...m.entry.record, plan: bytes };
      done(error === undefined);
    });
  }
}
