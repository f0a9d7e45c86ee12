import { retryOrAbort } from './decision.js';
import type { Migration } from './migration.js';
import type { Step, StepContext } from './step-context.js';

/** From the freeze to the grant at most; --max-downtime may ask for less. */
export const FREEZE_LIMIT_MS = 10_000;

/** From here on the source stands still as soon as it hears of it. */
export function beginFreeze(nowMs: number, m: Migration): 'freezing' {
  m.freezes++;
  m.frozenEpoch = 0;
  m.limitMs = nowMs + Math.min(FREEZE_LIMIT_MS, m.plan.maxDowntimeMs ?? FREEZE_LIMIT_MS);
  m.parts.beginFreeze(nowMs);
  return 'freezing';
}

/** The source says what it committed last, and the target gets it. */
export const freeze: Step = (nowMs, m, moves) => {
  const { entry, guest } = m;
  m.dueMs = m.limitMs;
  if (nowMs >= m.limitMs || guest === undefined) {
    retryOrAbort(
      m,
      moves,
      guest === undefined ? 'the target was lost while the source stood still' : 'the source stood still for too long',
    );
    return undefined;
  }
  if (!m.isFrozen && entry.session !== undefined && entry.session !== m.source) orderFreeze(m, moves);
  // What is left is on its way beside the FREEZE, and what the source wrote last before it says that it was the last.
  const isBehind = !guest.guestLink.isReady || moves.follow(nowMs, m);
  return m.isFrozen && !isBehind ? 'granting' : undefined;
};

function orderFreeze(m: Migration, moves: StepContext): void {
  const session = m.entry.session!;
  m.source = session;
  m.mayBeFrozen = true;
  moves.freezeNonce = (moves.freezeNonce + 1) >>> 0;
  session.hostLink.orders.freeze(moves.freezeNonce);
  moves.wake(session.link.linkId);
}
