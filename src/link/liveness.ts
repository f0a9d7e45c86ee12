/** A question that was not answered is repeated more often, so that a bad link is not taken for a dead one. */
export const ASKS_PER_HEARTBEAT = 4;

/**
 * Who is still there. Anything valid that comes in counts as a sign of life; when nothing came for a heartbeat, one is asked for; when
 * nothing came for `linkSilentMs`, the link is silent.
 */
export class Liveness {
  heardMs = 0;
  /** The other side asked for a heartbeat. */
  answerPending = false;
  readonly #heartbeatMs: number;
  readonly #silentMs: number;
  #askedMs = 0;

  constructor(heartbeatMs: number, silentMs: number) {
    this.#heartbeatMs = heartbeatMs;
    this.#silentMs = silentMs;
  }

  begin(nowMs: number): void {
    this.heardMs = nowMs;
    this.#askedMs = nowMs;
    this.answerPending = false;
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
  }

  asked(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  isSilent(nowMs: number): boolean {
    return nowMs >= this.heardMs + this.#silentMs;
  }

  /** Time to ask whether the other side is there. */
  isAskDue(nowMs: number): boolean {
    return nowMs >= this.#nextAskMs;
  }

  get dueMs(): number {
    return Math.min(this.#nextAskMs, this.heardMs + this.#silentMs);
  }

  get #nextAskMs(): number {
    if (this.#askedMs <= this.heardMs) return this.heardMs + this.#heartbeatMs;
    return this.#askedMs + this.#heartbeatMs / ASKS_PER_HEARTBEAT;
  }
}
