/**
 * When to say hello. A series has one nonce: it is repeated, ever more rarely, until an answer carries that nonce. A new series begins
 * whenever a session ended, so that an answer to an older hello is told apart.
 */
export class HelloSeries {
  nonce = 0;
  active = false;
  firstSentMs = 0;
  sendings = 0;
  readonly #bootNonce: number;
  readonly #minMs: number;
  readonly #maxMs: number;
  #count = 0;
  #waitMs: number;
  #nextMs = 0;

  constructor(bootNonce: number, minMs: number, maxMs: number) {
    this.#bootNonce = bootNonce;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#waitMs = minMs;
  }

  /** The first hello of the series leaves at `nowMs`, which may lie ahead. */
  begin(nowMs: number): void {
    this.#count++;
    // Weyl sequence: no nonce repeats within 2^32 series of one boot.
    this.nonce = (this.#bootNonce + Math.imul(this.#count, 0x9e3779b1)) >>> 0;
    this.active = true;
    this.sendings = 0;
    this.#waitMs = this.#minMs;
    this.#nextMs = nowMs;
  }

  end(): void {
    this.active = false;
  }

  isDue(nowMs: number): boolean {
    return this.active && nowMs >= this.#nextMs;
  }

  get dueMs(): number {
    return this.active ? this.#nextMs : Number.POSITIVE_INFINITY;
  }

  sent(nowMs: number): void {
    if (this.sendings === 0) this.firstSentMs = nowMs;
    this.sendings++;
    this.#nextMs = nowMs + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, this.#maxMs);
  }
}
