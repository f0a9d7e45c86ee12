import type { Identity } from './identity.js';

/** A boot that lives for so long is healthy. */
export const HEALTHY_MS = 60_000;
/** So many restarts in a row cost nothing: somebody pressed the button, or set the board up. */
export const FREE_RESTARTS = 2;
export const BACK_OFF_MIN_MS = 5000;
export const BACK_OFF_MAX_MS = 300_000;

/** How long a board waits before it runs its agent, after so many restarts without a minute of health. */
export function backOffMs(restartsInARow: number): number {
  if (restartsInARow <= FREE_RESTARTS) return 0;
  return Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** (restartsInARow - FREE_RESTARTS - 1));
}

/** A board whose program keeps dying waits ever longer between its lives, so that it wears out neither its flash nor its host. */
export class Health {
  readonly restartsInARow: number;
  /** When the agent may run. */
  readonly runMs: number;
  readonly #identity: Identity;
  #healthyMs: number;

  constructor(identity: Identity, nowMs: number, backsOff: boolean) {
    this.#identity = identity;
    this.restartsInARow = identity.restartsInARow;
    this.runMs = nowMs + (backsOff ? backOffMs(identity.restartsInARow) : 0);
    this.#healthyMs = this.runMs + HEALTHY_MS;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#healthyMs) return;
    this.#healthyMs = Number.POSITIVE_INFINITY;
    this.#identity.healthy();
  }

  dueMs(nowMs: number): number {
    return nowMs < this.runMs ? this.runMs : this.#healthyMs;
  }
}
