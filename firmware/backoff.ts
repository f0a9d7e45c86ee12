/** Waits that double from `minMs` to `maxMs`, each up to a quarter shorter, so that many boards do not knock together. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#nextMs = minMs;
  }

  reset(): void {
    this.#nextMs = this.#minMs;
  }

  /** The next wait, in whole milliseconds; `random` is any u32. */
  delayMs(random: number): number {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(waitMs * 2, this.#maxMs);
    return Math.ceil(waitMs * (1 - random / 0x1_0000_0000 / 4));
  }
}
