export const RETRY_MIN_MS = 100;
export const RETRY_MAX_MS = 5_000;

/** Waits that double from RETRY_MIN_MS to RETRY_MAX_MS, each up to a quarter shorter, so that many hosts do not knock together. */
export class Backoff {
  readonly #random: () => number;
  #nextMs = RETRY_MIN_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  reset(): void {
    this.#nextMs = RETRY_MIN_MS;
  }

  /** The next wait, in whole milliseconds. */
  delayMs(): number {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, RETRY_MAX_MS);
    return Math.ceil(waitMs * (1 - this.#random() / 4));
  }
}
