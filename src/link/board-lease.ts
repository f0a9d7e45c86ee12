import { LEASE_MS_MAX, LEASE_MS_MIN } from '../wire/constants.js';
import { checkInteger } from './board-identity.js';

/** A lease is asked for again after this part of it, so that three questions in a row may be lost. */
const ASKS_PER_LEASE = 4;
/** Questions that may be under way at once; an older one's answer counts for nothing. A power of two. */
const QUESTIONS = 8;

/**
 * How long this board may run without hearing from its host (I4 in real time). The lease runs from the instant at which the board SENT what
 * was answered, never from the answer's arrival: however late that comes, it says only that the host knew the board as the owner at some
 * instant after the sending. So the host, which waits longer than a lease after the last thing that it said to a board, outlasts every
 * answer that is still on its way. Each question has a nonce: an answer that came twice is no answer to the next question.
 */
export class BoardLease {
  /** 0: the board runs as long as it likes. */
  readonly leaseMs: number;
  #untilMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #nonce = 0;
  readonly #sentMs = new Float64Array(QUESTIONS).fill(Number.NEGATIVE_INFINITY);

  /** @throws RangeError unless `leaseMs` is 0 or a lease */
  constructor(leaseMs: number) {
    this.leaseMs = leaseMs === 0 ? 0 : checkInteger('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX);
  }

  /** Whether the board may run a turn, or release an output. */
  isHeld(nowMs: number): boolean {
    return this.leaseMs === 0 || nowMs < this.#untilMs;
  }

  /** The host answered, as to the owner, what was sent at `sentMs`. */
  answered(sentMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, sentMs + this.leaseMs);
  }

  /** Time to ask for the lease again. */
  isAskDue(nowMs: number): boolean {
    return nowMs >= this.dueMs;
  }

  get dueMs(): number {
    return this.leaseMs === 0 ? Number.POSITIVE_INFINITY : this.#askedMs + this.leaseMs / ASKS_PER_LEASE;
  }

  /** Returns the nonce of a question that leaves now. */
  ask(nowMs: number): number {
    this.#askedMs = nowMs;
    this.#nonce = (this.#nonce + 1) >>> 0;
    this.#sentMs[this.#nonce % QUESTIONS] = nowMs;
    return this.#nonce;
  }

  onAnswer(nonce: number): void {
    if ((this.#nonce - nonce) >>> 0 < QUESTIONS) this.answered(this.#sentMs[nonce % QUESTIONS]!);
  }
}
