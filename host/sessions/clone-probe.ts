import type { Session } from './session.js';

/** A board that still runs answers one of so many questions, so far apart, even over a bad link. */
export const PROBE_COUNT = 6;
export const PROBE_INTERVAL_MS = 250;

export const PROBE_WAITING = 0;
export const PROBE_ALIVE = 1;
export const PROBE_GONE = 2;

/**
 * A second board with the identity of one that has a session: is it a reboot, or a clone? The first is asked for a sign of life; any frame
 * of its session is one.
 */
export class CloneProbe {
  readonly first: Session;
  /** The newcomer. */
  readonly bootNonce: number;
  #asked = 0;
  #nextMs: number;
  #isAlive = false;

  constructor(nowMs: number, first: Session, bootNonce: number) {
    this.first = first;
    this.bootNonce = bootNonce;
    this.#nextMs = nowMs;
  }

  /** The first board was heard. */
  heard(): void {
    if (this.#asked > 0) this.#isAlive = true;
  }

  /** Asks when it is time to; tells what is known. */
  poll(nowMs: number): number {
    if (this.first.isEnded) return PROBE_GONE;
    if (this.#isAlive) return PROBE_ALIVE;
    if (nowMs < this.#nextMs) return PROBE_WAITING;
    if (this.#asked === PROBE_COUNT) return PROBE_GONE;
    this.#asked++;
    this.#nextMs = nowMs + PROBE_INTERVAL_MS;
    this.first.probe(this);
    return PROBE_WAITING;
  }

  get dueMs(): number {
    return this.#isAlive || this.first.isEnded ? 0 : this.#nextMs;
  }
}
