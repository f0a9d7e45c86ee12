import { deltaBetween } from './delta-between.js';
import type { Migration } from './migration.js';
import { type StepContext, WATCH_MS } from './step-context.js';

/** Freezes of one move: what went wrong so often goes wrong again. */
export const FREEZES_MAX = 3;

/**
 * The compare-and-set: the grant to the target, or the thaw, which is the same for the source. Whatever the answer is, the record is known
 * before anything is said to a board.
 */
export function transfer(m: Migration, moves: StepContext, boardId: string): void {
  const { entry } = m;
  const record = entry.record!;
  const isThaw = m.phase === 'aborting';
  m.isBusy = true;
  m.asked = { boardId, epoch: record.epoch + 1, session: record.session + 1, isThaw };
  const content =
    m.isRewinding && !isThaw ? { ...deltaBetween(entry.memory!, m.content!), sequence: m.plan.newSequence!, state: m.content! } : undefined;
  const leaseMs = isThaw ? record.leaseMs : (moves.vacant.leaseMsOf(boardId) ?? record.leaseMs);
  moves.sessions.book.transfer(entry, { boardId, leaseMs, content }, (error) => {
    m.isBusy = false;
    if (error === undefined) {
      decided(m, moves);
    } else {
      m.isUnknown = true;
      m.reason = error.message;
      m.dueMs = Number.POSITIVE_INFINITY;
      moves.resume(m);
    }
    moves.sessions.settled(entry);
  });
}

/** The store is read: it was not yet, or nobody knows whether the transfer happened. */
export function readRecord(nowMs: number, m: Migration, moves: StepContext): void {
  if (nowMs < m.dueMs && Number.isFinite(m.dueMs)) return;
  m.isBusy = true;
  moves.sessions.book.load(m.entry, (error) => {
    m.isBusy = false;
    if (error !== undefined) {
      m.entry.memory = undefined;
      m.dueMs = moves.nowMs + WATCH_MS;
      return;
    }
    if (m.entry.record === undefined) {
      moves.finish(m, 'aborted');
      return;
    }
    moves.heads.readHead(m.entry);
    m.dueMs = Number.POSITIVE_INFINITY;
    if (m.isUnknown) decided(m, moves);
    moves.sessions.settled(m.entry);
  });
}

/** Whether another coordinator on the same store decided. */
export function isTakenAway(m: Migration, moves: StepContext): boolean {
  const { boardId } = m.entry.record!;
  if (boardId === m.plan.source) return false;
  m.reason = `the agent was granted to board ${boardId} meanwhile`;
  m.mayBeFrozen = false;
  moves.dismiss(m);
  moves.finish(m, 'aborted');
  return true;
}

export function retryOrAbort(m: Migration, moves: StepContext, reason: string): void {
  if (m.plan.kind === 'restore' || m.freezes >= FREEZES_MAX) {
    moves.abort(m, m.freezes > 1 ? `${reason}, ${m.freezes} times` : reason);
    return;
  }
  m.isRetrying = true;
  if (m.isFrozen) moves.enter(m, 'aborting');
  thaw(m, moves);
}

/** Only of a board that is known to stand still: one that runs would be fenced by an epoch that it does not hear of. */
export function thaw(m: Migration, moves: StepContext): void {
  if (m.isFrozen) transfer(m, moves, m.plan.source);
  else thawed(m, moves);
}

function decided(m: Migration, moves: StepContext): void {
  const { entry, plan } = m;
  const record = entry.record!;
  const asked = m.asked!;
  m.asked = undefined;
  m.isUnknown = false;
  const isOurs = record.boardId === asked.boardId && record.epoch === asked.epoch && record.session === asked.session;
  if (isOurs && !asked.isThaw) granted(m, moves);
  else if (isOurs || (asked.isThaw && record.boardId === plan.source && record.epoch >= asked.epoch)) thawed(m, moves);
  else if (asked.isThaw && record.boardId === plan.source) moves.watch(moves.nowMs, m);
  else if (m.phase === 'activating' && record.boardId === plan.target) moves.watch(moves.nowMs, m);
  else if (record.boardId === plan.source && m.phase === 'granting') retryOrAbort(m, moves, 'the grant failed');
  else isTakenAway(m, moves);
}

function granted(m: Migration, moves: StepContext): void {
  const { entry, isRewinding: isRewound } = m;
  const { listener } = moves.sessions;
  m.parts.grantedMs ||= moves.sessions.clockMs();
  m.mayBeFrozen = false;
  m.reason = '';
  m.limitMs = Number.POSITIVE_INFINITY;
  moves.enter(m, 'activating');
  if (isRewound) {
    moves.heads.readHead(entry);
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
  moves.wake(guest.link.linkId);
  moves.watch(moves.nowMs, m);
}

function thawed(m: Migration, moves: StepContext): void {
  const { entry } = m;
  const session = entry.session;
  m.frozenEpoch = 0;
  // Without a session it says hello, frozen, and is told by its welcome.
  if (session !== undefined && !session.isOwner) {
    session.hostLink.orders.thaw(entry.record!.epoch);
    moves.wake(session.link.linkId);
  } else {
    moves.recall(m);
  }
  m.mayBeFrozen = false;
  m.source = undefined;
  if (!m.isRetrying) {
    moves.finish(m, 'aborted');
    return;
  }
  m.limitMs = Number.POSITIVE_INFINITY;
  moves.enter(m, 'filling');
  moves.watch(moves.nowMs, m);
}
