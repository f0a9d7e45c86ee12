import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import { pendingChange } from './convergence.js';
import { deltaBetween } from './delta-between.js';
import { hasLiveBoard, type Migration } from './migration.js';
import { encodePlan, type Phase, type Plan } from './plan.js';
import type { VacantBoards } from './vacant-boards.js';

/** A board that waits is called so often until it answers, and not longer than this before anything has moved. */
const CALL_INTERVAL_MS = 500;
const ANSWER_LIMIT_MS = 10_000;
/** Before the grant, source and target may be away for so long; then the move is given up, so that another can be ordered. */
export const AWAY_LIMIT_MS = 120_000;
/** From the freeze to the grant at most; --max-downtime may ask for less. */
export const FREEZE_LIMIT_MS = 10_000;
/** Freezes of one move: what went wrong so often goes wrong again. */
export const FREEZES_MAX = 3;
/** How long the source may take to say that it is vacant. What it says later is answered all the same. */
export const RETIRE_LIMIT_MS = 5000;
/** How often a guest session that says nothing is looked at, and the store after a failure. */
const WATCH_MS = 1000;

/**
 * The steps of every move. Each is a function of the agent's record, the plan, and what the boards have said; `step` does what can be done
 * now and returns. One compare-and-set decides: the grant to the target, or the thaw, which is the same for the source.
 */
export class Mover {
  readonly #context: SessionsContext;
  readonly #heads: HeadKeeper;
  readonly #vacant: VacantBoards;
  #freezeNonce = 0;

  constructor(context: SessionsContext, heads: HeadKeeper, vacant: VacantBoards) {
    this.#context = context;
    this.#heads = heads;
    this.#vacant = vacant;
  }

  step(nowMs: number, m: Migration): void {
    const { entry } = m;
    if (m.isOver || m.isBusy || entry.isBusy) return;
    if (m.isUnknown || entry.memory === undefined || entry.record === undefined) {
      this.#read(nowMs, m);
      return;
    }
    m.dueMs = Number.POSITIVE_INFINITY;
    if (m.phase !== 'activating' && m.phase !== 'retiring' && this.#isTakenAway(m)) return;
    if (m.phase === 'filling' || m.phase === 'prepared') this.#fill(nowMs, m);
    else if (m.phase === 'freezing') this.#freeze(nowMs, m);
    else if (m.phase === 'granting') this.#grant(nowMs, m);
    else if (m.phase === 'activating') this.#activate(nowMs, m);
    else if (m.phase === 'retiring') this.#retire(nowMs, m);
    else this.#thaw(m);
  }

  /** Before the grant: the source goes on. */
  abort(m: Migration, reason: string): void {
    m.reason = reason;
    m.isRetrying = false;
    if (!m.isFrozen) {
      this.#recall(m);
      this.finish(m, 'aborted');
      return;
    }
    this.#enter(m, 'aborting');
    m.isBusy = true;
    this.#put(m, { ...m.plan, phase: 'aborting', reason: reason.slice(0, 500) }, () => {
      m.isBusy = false;
      this.step(this.#context.nowMs, m);
    });
  }

  finish(m: Migration, phase: 'done' | 'aborted'): void {
    const { downtimeMs } = m.parts;
    m.endedMs = this.#context.nowMs;
    const reason = m.reason === '' ? {} : { reason: m.reason.slice(0, 500) };
    this.#put(m, { ...m.plan, phase, ...reason, ...(downtimeMs > 0 ? { downtimeMs } : {}) }, () => {});
    const link = m.guest?.link;
    m.leaveGuest();
    if (link !== undefined) this.#call(link.linkId);
    this.#enter(m, phase);
    const { agentId: _agentId, ...detail } = m.view(this.#context.nowMs);
    this.#context.event(m.agentId, phase === 'done' ? `${m.plan.kind}-done` : `${m.plan.kind}-aborted`, detail);
  }

  /** The source stands still, and the host holds everything that it committed. */
  frozen(nowMs: number, m: Migration, sequence: number, digest: number): void {
    const { entry } = m;
    if (m.phase !== 'freezing' || entry.record?.sequence !== sequence || entry.digest !== digest) return;
    m.frozenEpoch = entry.record.epoch;
    m.parts.frozenMs = nowMs;
    this.step(nowMs, m);
  }

  /** The owner has a new session. */
  welcomed(nowMs: number, m: Migration, isFrozen: boolean): void {
    const { plan, entry } = m;
    if (m.phase === 'activating' && entry.record!.boardId === plan.target) {
      m.parts.activeMs = nowMs;
      m.leaveGuest();
      m.limitMs = nowMs + RETIRE_LIMIT_MS;
      this.#enter(m, 'retiring');
      if (m.source !== undefined && !m.source.isEnded) {
        m.source.hostLink.orders.retire(entry.record!.epoch);
        this.#wake(m.source.link.linkId);
      }
    } else if (m.phase === 'freezing' && !isFrozen) {
      // It never heard of it, or lost its RAM since: it runs.
      m.frozenEpoch = 0;
      m.mayBeFrozen = false;
      this.#enter(m, 'filling');
    }
    this.step(nowMs, m);
  }

  /** What this move said to the source means nothing any more: it says hello, and the record answers. */
  dismiss(m: Migration): void {
    const session = m.source ?? m.entry.session;
    if (session !== undefined && !session.isEnded && !session.isOwner) {
      this.#context.endSession(session);
      this.#call(session.link.linkId);
    }
  }

  /** The plan, as it now is, is durable, or will be written again by the next step that matters. */
  #put(m: Migration, plan: Plan, done: () => void): void {
    const bytes = encodePlan(plan);
    m.plan = plan;
    this.#context.store.putPlan(m.agentId, bytes, (error) => {
      if (error === undefined && m.entry.record !== undefined) m.entry.record = { ...m.entry.record, plan: bytes };
      done();
    });
  }

  #enter(m: Migration, phase: Phase): void {
    if (m.phase === phase) return;
    m.phase = phase;
    this.#context.listener.onMigration?.(m.agentId, m.view(this.#context.nowMs));
  }

  #wake(linkId: number): void {
    this.#context.listener.onWake(linkId);
  }

  /** Makes a board without a session say hello. */
  #call(linkId: number): void {
    const link = this.#context.links.get(linkId);
    if (link === undefined) return;
    link.isNoSessionDue = true;
    this.#wake(linkId);
  }

  /** Looks again after a while. A link of the move must be woken for it: its poll is what time comes in with. */
  #watch(nowMs: number, m: Migration, afterMs = WATCH_MS): void {
    m.dueMs = Math.min(nowMs + afterMs, m.limitMs);
  }

  /** Another coordinator on the same store decided. */
  #isTakenAway(m: Migration): boolean {
    const { boardId } = m.entry.record!;
    if (boardId === m.plan.source) return false;
    m.reason = `the agent was granted to board ${boardId} meanwhile`;
    m.mayBeFrozen = false;
    this.dismiss(m);
    this.finish(m, 'aborted');
    return true;
  }

  #read(nowMs: number, m: Migration): void {
    const { book } = this.#context;
    if (nowMs < m.dueMs && Number.isFinite(m.dueMs)) return;
    m.isBusy = true;
    book.load(m.entry, (error) => {
      m.isBusy = false;
      if (error !== undefined) {
        m.entry.memory = undefined;
        m.dueMs = this.#context.nowMs + WATCH_MS;
        return;
      }
      if (m.entry.record === undefined) {
        this.finish(m, 'aborted');
        return;
      }
      this.#heads.readHead(m.entry);
      m.dueMs = Number.POSITIVE_INFINITY;
      if (m.isUnknown) this.#decided(m);
      this.#context.settled(m.entry);
    });
  }

  // Before the grant

  #fill(nowMs: number, m: Migration): void {
    const { guest } = m;
    if (m.isNew) {
      m.isNew = false;
      m.startedMs = nowMs;
      m.limitMs = nowMs + ANSWER_LIMIT_MS;
    }
    if (guest === undefined) {
      this.#enter(m, 'filling');
      if (nowMs >= m.limitMs) {
        this.abort(m, `board ${m.plan.target} does not answer`);
        return;
      }
      if (this.#isAwayTooLong(nowMs, m, m.plan.target)) return;
      const board = this.#vacant.find(nowMs, m.plan.target);
      if (board !== undefined && Number.isFinite(m.limitMs)) this.#call(board.link.linkId);
      this.#watch(nowMs, m, CALL_INTERVAL_MS);
      return;
    }
    m.limitMs = Number.POSITIVE_INFINITY;
    if (!guest.guestLink.isReady) {
      this.#enter(m, 'filling');
      this.#lookAfterGuest(nowMs, m);
      return;
    }
    this.#enter(m, 'prepared');
    if (m.plan.kind === 'migrate') {
      this.#converge(nowMs, m);
    } else if (!m.isRewinding && m.plan.source !== m.plan.target && hasLiveBoard(nowMs, m.entry)) {
      this.abort(m, `board ${m.plan.source} is back: migrate the agent`);
    } else if (!this.#follow(nowMs, m)) {
      m.awayMs = 0;
      this.#enter(m, 'granting');
      this.#grant(nowMs, m);
    }
  }

  #isAwayTooLong(nowMs: number, m: Migration, boardId: string): boolean {
    if (m.awayMs === 0) m.awayMs = nowMs;
    if (nowMs < m.awayMs + AWAY_LIMIT_MS) return false;
    this.abort(m, `board ${boardId} was away for ${AWAY_LIMIT_MS / 1000} s`);
    return true;
  }

  #lookAfterGuest(nowMs: number, m: Migration): void {
    const guest = m.guest!;
    if (guest.guestLink.isStuck) {
      m.leaveGuest();
      this.#call(guest.link.linkId);
    }
    this.#watch(nowMs, m);
  }

  /** Whether the target lacks something, which is on its way now. */
  #follow(nowMs: number, m: Migration): boolean {
    const { entry } = m;
    const guest = m.guest!;
    if (m.isRewinding || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;
    m.roundMs = nowMs;
    m.roundBytes = m.bytesDown;
    guest.guestLink.follow(entry.memory!, entry.record!.sequence);
    this.#wake(guest.link.linkId);
    this.#watch(nowMs, m);
    return true;
  }

  #converge(nowMs: number, m: Migration): void {
    const { entry, convergence, parts } = m;
    const session = entry.session;
    if (session === undefined || !session.isOwner || !session.hostLink.isRunning) {
      if (this.#isAwayTooLong(nowMs, m, m.plan.source)) return;
      m.reason = `waits for board ${m.plan.source}`;
      this.#watch(nowMs, m);
      return;
    }
    m.reason = '';
    m.awayMs = 0;
    const { bytes, pages } = pendingChange(entry.memory!, m.guest!.memory);
    m.leftBytes = bytes;
    m.leftPages = pages;
    parts.targetTripMs = m.guest!.guestLink.roundTripMs;
    const fixedMs = 2 * parts.targetTripMs + 2 * parts.grantMs;
    const decision = convergence.decide(bytes, fixedMs, m.plan.maxDowntimeMs);
    if (decision === 'refuse') {
      const predictedMs = Math.ceil(convergence.predictedMs);
      this.abort(
        m,
        `it would stand still for about ${predictedMs} ms, more than the ${m.plan.maxDowntimeMs} ms allowed: its state changes as fast as the link`,
      );
    } else if (decision === 'freeze' || !this.#follow(nowMs, m)) {
      m.freezes++;
      m.frozenEpoch = 0;
      m.limitMs = nowMs + Math.min(FREEZE_LIMIT_MS, m.plan.maxDowntimeMs ?? FREEZE_LIMIT_MS);
      parts.freezeMs = nowMs;
      this.#enter(m, 'freezing');
      this.#orderFreeze(m);
      m.dueMs = m.limitMs;
    }
  }

  #orderFreeze(m: Migration): void {
    const session = m.entry.session!;
    m.source = session;
    m.mayBeFrozen = true;
    this.#freezeNonce = (this.#freezeNonce + 1) >>> 0;
    session.hostLink.orders.freeze(this.#freezeNonce);
    this.#wake(session.link.linkId);
  }

  #freeze(nowMs: number, m: Migration): void {
    const { entry, guest } = m;
    m.dueMs = m.limitMs;
    if (nowMs >= m.limitMs || guest === undefined) {
      this.#retryOrAbort(
        m,
        guest === undefined ? 'the target was lost while the source stood still' : 'the source stood still for too long',
      );
    } else if (!m.isFrozen) {
      if (entry.session !== undefined && entry.session !== m.source) this.#orderFreeze(m);
      // What the source wrote last is on its way before it says that it was the last.
      if (guest.guestLink.isReady) this.#follow(nowMs, m);
    } else if (guest.guestLink.isReady && !this.#follow(nowMs, m)) {
      m.dueMs = m.limitMs;
      this.#enter(m, 'granting');
      this.#grant(nowMs, m);
    }
  }

  #retryOrAbort(m: Migration, reason: string): void {
    if (m.plan.kind === 'restore' || m.freezes >= FREEZES_MAX) {
      this.abort(m, m.freezes > 1 ? `${reason}, ${m.freezes} times` : reason);
      return;
    }
    m.isRetrying = true;
    if (m.isFrozen) this.#enter(m, 'aborting');
    this.#thaw(m);
  }

  /** A source that may have frozen, and did not say so: its hello says it, and is its thaw if need be. A late FREEZE dies with the session. */
  #recall(m: Migration): void {
    const { source } = m;
    if (!m.mayBeFrozen || source === undefined || source.isEnded) return;
    m.mayBeFrozen = false;
    this.#context.endSession(source);
    this.#call(source.link.linkId);
  }

  // The decision

  #grant(nowMs: number, m: Migration): void {
    const { plan, guest } = m;
    if (
      guest === undefined ||
      guest.guestLink.preparedSequence !== m.wantedSequence ||
      guest.guestLink.preparedDigest !== this.#wantedDigest(m)
    ) {
      this.#enter(m, plan.kind === 'migrate' ? 'freezing' : 'filling');
      this.#watch(nowMs, m);
      return;
    }
    if (m.isRewinding && m.entry.record!.sequence >= m.wantedSequence) {
      this.abort(m, `board ${plan.source} went on beyond what was to be restored; order it again`);
      return;
    }
    if (plan.kind === 'restore' && !this.#isSourceGone(nowMs, m)) return;
    m.grantAskedMs = nowMs;
    m.parts.askedMs = nowMs;
    this.#transfer(m, plan.target);
  }

  #wantedDigest(m: Migration): number {
    return m.isRewinding ? m.guest!.memory.digest : m.entry.digest;
  }

  /** Nobody else may run when the grant is written: a live board is fenced by it, one with a lease has outlived that before. */
  #isSourceGone(nowMs: number, m: Migration): boolean {
    const { entry, plan } = m;
    if (plan.source === plan.target) return true;
    if (entry.session !== undefined) {
      if (!m.isRewinding && hasLiveBoard(nowMs, entry)) {
        this.abort(m, `board ${plan.source} is back: migrate the agent`);
        return false;
      }
      this.#context.endSession(entry.session);
    }
    if (entry.record!.leaseMs === 0) return true;
    const answeredMs = Math.max(entry.answeredMs, this.#context.firstMs);
    const endMs = answeredMs + entry.record!.leaseMs * 1.1 + 1000;
    if (nowMs >= endMs) return true;
    m.reason = `waits ${Math.ceil(endMs - nowMs)} ms until the lease of board ${plan.source} has ended`;
    m.dueMs = endMs;
    return false;
  }

  /** The compare-and-set. Whatever the answer is, the record is known before anything is said to a board. */
  #transfer(m: Migration, boardId: string): void {
    const { entry } = m;
    const record = entry.record!;
    const isThaw = m.phase === 'aborting';
    m.isBusy = true;
    m.asked = { boardId, epoch: record.epoch + 1, session: record.session + 1, isThaw };
    const content =
      m.isRewinding && !isThaw
        ? { ...deltaBetween(entry.memory!, m.content!), sequence: m.plan.newSequence!, state: m.content! }
        : undefined;
    const leaseMs = isThaw ? record.leaseMs : (this.#vacant.leaseMsOf(boardId) ?? record.leaseMs);
    this.#context.book.transfer(entry, { boardId, leaseMs, content }, (error) => {
      m.isBusy = false;
      if (error === undefined) {
        this.#decided(m);
      } else {
        m.isUnknown = true;
        m.reason = error.message;
        m.dueMs = Number.POSITIVE_INFINITY;
        this.step(this.#context.nowMs, m);
      }
      this.#context.settled(entry);
    });
  }

  #decided(m: Migration): void {
    const { entry, plan } = m;
    const record = entry.record!;
    const asked = m.asked!;
    m.asked = undefined;
    m.isUnknown = false;
    const isOurs = record.boardId === asked.boardId && record.epoch === asked.epoch && record.session === asked.session;
    if (isOurs && !asked.isThaw) this.#granted(m);
    else if (isOurs || (asked.isThaw && record.boardId === plan.source && record.epoch >= asked.epoch)) this.#thawed(m);
    else if (asked.isThaw && record.boardId === plan.source) this.#watch(this.#context.nowMs, m);
    else if (m.phase === 'activating' && record.boardId === plan.target) this.#watch(this.#context.nowMs, m);
    else if (record.boardId === plan.source && m.phase === 'granting') this.#retryOrAbort(m, 'the grant failed');
    else this.#isTakenAway(m);
  }

  // After it

  #granted(m: Migration): void {
    const { entry } = m;
    const { listener, nowMs } = this.#context;
    const isRewound = m.isRewinding;
    m.mayBeFrozen = false;
    m.reason = '';
    m.limitMs = Number.POSITIVE_INFINITY;
    this.#enter(m, 'activating');
    if (isRewound) {
      this.#heads.readHead(entry);
      listener.onHead(m.agentId, entry.record!.sequence);
    }
    const session = entry.session;
    if (session !== undefined) {
      // It is heard on its link until it is vacant, and changes nothing of the agent.
      m.source = session;
      entry.session = undefined;
      listener.onSession(m.agentId, -1);
    }
    const guest = m.guest;
    if (guest === undefined || guest.isEnded) return;
    m.activated = guest;
    guest.guestLink.activate(entry.record!.epoch, Math.max(entry.boardSequence, entry.record!.sequence));
    this.#wake(guest.link.linkId);
    this.#watch(nowMs, m);
  }

  /** In another guest session than the one that was told, the agent may have run since: it gets another epoch. */
  #activate(nowMs: number, m: Migration): void {
    const { guest } = m;
    if (guest === undefined) return;
    this.#watch(nowMs, m);
    if (guest === m.activated) return;
    if (!guest.guestLink.isReady) this.#lookAfterGuest(nowMs, m);
    else if (!this.#follow(nowMs, m)) this.#transfer(m, m.plan.target);
  }

  #retire(nowMs: number, m: Migration): void {
    m.dueMs = m.limitMs;
    if (m.isRetired || nowMs >= m.limitMs || m.source === undefined || m.source.isEnded) this.finish(m, 'done');
  }

  /** Only of a board that is known to stand still: one that runs would be fenced by an epoch that it does not hear of. */
  #thaw(m: Migration): void {
    if (m.isFrozen) this.#transfer(m, m.plan.source);
    else this.#thawed(m);
  }

  #thawed(m: Migration): void {
    const { entry } = m;
    const session = entry.session;
    m.frozenEpoch = 0;
    // Without a session it says hello, frozen, and is told by its welcome.
    if (session !== undefined && session === m.source && !session.isOwner) {
      session.hostLink.orders.thaw(entry.record!.epoch);
      this.#wake(session.link.linkId);
    } else {
      this.#recall(m);
    }
    m.mayBeFrozen = false;
    m.source = undefined;
    if (!m.isRetrying) {
      this.finish(m, 'aborted');
      return;
    }
    m.limitMs = Number.POSITIVE_INFINITY;
    this.#enter(m, 'filling');
    this.#watch(this.#context.nowMs, m);
  }
}
