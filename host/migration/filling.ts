import { pendingChange } from './convergence.js';
import { beginFreeze } from './freezing.js';
import { hasLiveBoard, type Migration } from './migration.js';
import type { Phase } from './plan.js';
import type { Step, StepContext } from './step-context.js';

/** A board that waits is called so often until it answers, and not longer than this before anything has moved. */
const CALL_INTERVAL_MS = 500;
const ANSWER_LIMIT_MS = 10_000;

/** The target is called, until its guest session has brought it a whole state. */
export const fill: Step = (nowMs, m, moves) => {
  if (m.isNew) {
    m.isNew = false;
    m.limitMs = nowMs + ANSWER_LIMIT_MS;
  }
  if (m.guest === undefined) {
    awaitTarget(nowMs, m, moves);
    return undefined;
  }
  m.limitMs = Number.POSITIVE_INFINITY;
  if (m.guest.guestLink.isReady) return 'prepared';
  moves.watchGuest(nowMs, m);
  return undefined;
};

/** The target holds a commit: it is granted the agent, gets another round, or the source is told to stand still. */
export const prepare: Step = (nowMs, m, moves) => {
  if (m.guest === undefined || !m.guest.guestLink.isReady) return 'filling';
  if (m.plan.kind === 'migrate') return converge(nowMs, m, moves);
  if (!m.isRewinding && m.plan.source !== m.plan.target && hasLiveBoard(nowMs, m.entry)) {
    moves.abort(m, `board ${m.plan.source} is back: migrate the agent`);
    return undefined;
  }
  if (moves.follow(nowMs, m)) return undefined;
  m.awayMs = 0;
  return 'granting';
};

function awaitTarget(nowMs: number, m: Migration, moves: StepContext): void {
  const { target } = m.plan;
  if (nowMs >= m.limitMs) {
    moves.abort(m, `board ${target} does not answer`);
    return;
  }
  if (moves.isAwayTooLong(nowMs, m, target)) return;
  if (Number.isFinite(m.limitMs) || moves.vacant.find(nowMs, target) === undefined) moves.callTarget(nowMs, m);
  moves.watch(nowMs, m, CALL_INTERVAL_MS);
}

function converge(nowMs: number, m: Migration, moves: StepContext): Phase | undefined {
  const { entry, convergence, parts } = m;
  const { source, maxDowntimeMs } = m.plan;
  const session = entry.session;
  if (session === undefined || !session.isOwner || !session.hostLink.isRunning) {
    if (moves.isAwayTooLong(nowMs, m, source)) return undefined;
    m.reason = `waits for board ${source}`;
    moves.watch(nowMs, m);
    return undefined;
  }
  m.reason = '';
  m.awayMs = 0;
  const { bytes, pages } = pendingChange(entry.memory!, m.guest!.memory);
  m.leftBytes = bytes;
  m.leftPages = pages;
  parts.sawTrip(m.guest!.guestLink.roundTripMs);
  const fixedMs = 2 * parts.targetTripMs + 2 * parts.syncMs;
  const decision = convergence.decide(bytes, fixedMs, maxDowntimeMs);
  if (decision === 'refuse') {
    const isFixed = convergence.predictedMs <= 2 * fixedMs;
    const why = isFixed
      ? 'round trips and writes alone take that long'
      : 'its state changes as fast as the link, and more rounds do not help';
    moves.abort(
      m,
      `it would stand still for about ${Math.ceil(convergence.predictedMs)} ms, more than the ${maxDowntimeMs} ms allowed: ${why}`,
    );
    return undefined;
  }
  return decision === 'freeze' || !moves.follow(nowMs, m) ? beginFreeze(nowMs, m) : undefined;
}
