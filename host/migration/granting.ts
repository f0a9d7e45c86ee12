import { transfer } from './decision.js';
import { hasLiveBoard, type Migration } from './migration.js';
import { type Step, type StepContext, WATCH_MS } from './step-context.js';

/** What the target holds is what it is to have, and nobody else runs: the grant is written. */
export const grant: Step = (nowMs, m, moves) => {
  const { plan, guest } = m;
  m.dueMs = m.limitMs;
  if (guest === undefined || guest.guestLink.preparedSequence !== m.wantedSequence || guest.guestLink.preparedDigest !== wantedDigest(m)) {
    moves.enter(m, plan.kind === 'migrate' ? 'freezing' : 'filling');
    moves.watch(nowMs, m);
  } else if (m.isRewinding && m.entry.record!.sequence >= m.wantedSequence) {
    moves.abort(m, `board ${plan.source} went on beyond what was to be restored; order it again`);
  } else if (plan.kind === 'migrate' || isSourceGone(nowMs, m, moves)) {
    m.parts.sawTrip(guest.guestLink.roundTripMs);
    m.parts.askedMs = nowMs;
    transfer(m, moves, plan.target);
  }
  return undefined;
};

function wantedDigest(m: Migration): number {
  return m.isRewinding ? m.guest!.memory.digest : m.entry.digest;
}

/** Another host on the same store may be keeping the source's lease alive: from here on it cannot, and the lease runs out. */
function fence(m: Migration, moves: StepContext): void {
  const { entry } = m;
  m.isBusy = true;
  moves.sessions.book.fence(entry, (error) => {
    m.isBusy = false;
    if (error === undefined) {
      m.fencedSession = entry.record!.session;
      m.fencedMs = Math.max(moves.nowMs, moves.sessions.clockMs());
    } else {
      m.dueMs = moves.nowMs + WATCH_MS;
    }
    moves.heads.reload(entry);
  });
}

/** Nobody else may run when the grant is written: a live board is fenced by it, one with a lease has outlived that before. */
function isSourceGone(nowMs: number, m: Migration, moves: StepContext): boolean {
  const { entry, plan } = m;
  if (plan.source === plan.target) return true;
  if (entry.session !== undefined) {
    if (!m.isRewinding && hasLiveBoard(nowMs, entry)) {
      moves.abort(m, `board ${plan.source} is back: migrate the agent`);
      return false;
    }
    moves.sessions.endSession(entry.session);
  }
  if (entry.record!.leaseMs === 0) return true;
  if (moves.sessions.store.isShared === true && m.fencedSession !== entry.record!.session) {
    fence(m, moves);
    return false;
  }
  const answeredMs = Math.max(entry.answeredMs, moves.sessions.firstMs, m.fencedMs);
  const endMs = answeredMs + entry.record!.leaseMs * 1.1 + 1000;
  if (nowMs >= endMs) return true;
  m.reason = `waits ${Math.ceil(endMs - nowMs)} ms until the lease of board ${plan.source} has ended`;
  m.dueMs = endMs;
  return false;
}
