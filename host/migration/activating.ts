import { transfer } from './decision.js';
import type { Step } from './step-context.js';

/** How long the source may take to say that it is vacant. What it says later is answered all the same. */
export const RETIRE_LIMIT_MS = 5000;

/** In another guest session than the one that was told, the agent may have run since: it gets another epoch. */
export const activate: Step = (nowMs, m, moves) => {
  const { guest } = m;
  if (guest === undefined) {
    if (moves.callTarget(nowMs, m)) moves.watch(nowMs, m);
    return undefined;
  }
  moves.watch(nowMs, m);
  if (guest === m.activated) return undefined;
  if (!guest.guestLink.isReady) moves.watchGuest(nowMs, m);
  else if (!moves.follow(nowMs, m)) transfer(m, moves, m.plan.target);
  return undefined;
};

/** The target runs; the source is to say that it is vacant. */
export const retire: Step = (nowMs, m, moves) => {
  m.dueMs = m.limitMs;
  if (m.isRetired || nowMs >= m.limitMs || m.source === undefined || m.source.isEnded) moves.finish(m, 'done');
  return undefined;
};
