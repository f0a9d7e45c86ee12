/** How often the host is asked to hold, and how long the board waits for the answer: then it goes on, and what comes is lost. */
export const HOLD_ASK_MS = 250;
export const HOLD_WAIT_MS = 1000;
/** The host holds for so long at most. */
export const HOLD_MS_MAX = 2000;

/**
 * A board that is about to stall (its flash is erased, and nobody empties the UART's FIFO) asks the host to send nothing. The answer is
 * the last thing that comes: whatever was on its way came before it.
 */
export class ReceivePause {
  /** The host was asked to hold; the board says nothing else meanwhile. */
  active = false;
  #isHeld = false;
  #beganMs = 0;
  #nextAskMs = 0;

  begin(nowMs: number): void {
    this.active = true;
    this.#isHeld = false;
    this.#beganMs = nowMs;
    this.#nextAskMs = nowMs;
  }

  end(): void {
    this.active = false;
  }

  /** The host sends nothing any more. */
  held(): void {
    this.#isHeld = true;
  }

  isQuiet(nowMs: number): boolean {
    return this.#isHeld || nowMs >= this.#beganMs + HOLD_WAIT_MS;
  }

  isAskDue(nowMs: number): boolean {
    return !this.isQuiet(nowMs) && nowMs >= this.#nextAskMs;
  }

  asked(nowMs: number): void {
    this.#nextAskMs = nowMs + HOLD_ASK_MS;
  }

  /** When to ask again, or to go on without an answer. Infinity: it is quiet. */
  dueMs(nowMs: number): number {
    return this.isQuiet(nowMs) ? Number.POSITIVE_INFINITY : Math.min(this.#nextAskMs, this.#beganMs + HOLD_WAIT_MS);
  }
}
