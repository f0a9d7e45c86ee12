const RECORD_COUNT = 8;
/** So many commits without a failure, each durable before the next turn, and turns need not wait any more. */
const PROBATION_COMMITS = 8;

export const KIND_TIMER = 1;
export const KIND_MESSAGE = 2;
/** So many failures of the same turn, and it is set aside. */
export const FAILURES_MAX = 3;

/**
 * How often the same turn has failed. This is memory of the runtime, not of the agent: it survives the reload after a failure.
 * A few turns can be told apart at a time; the oldest record gives way. A record lasts until its turn passes, for its next try may come
 * late: a message comes again when the host repeats it, and other turns run meanwhile.
 *
 * After a failure, and after a turn was set aside, the agent is on probation: each commit has to be durable before the next turn. Otherwise
 * the next failure would throw away, with the reload, that the last one was set aside, and two failing turns could take turns for ever.
 */
export class FailureLog {
  readonly #kinds = new Uint8Array(RECORD_COUNT);
  readonly #ids = new Float64Array(RECORD_COUNT);
  readonly #counts = new Uint8Array(RECORD_COUNT);
  #next = 0;
  #commitsLeft = 0;

  get onProbation(): boolean {
    return this.#commitsLeft > 0;
  }

  /** A commit without a failure is durable. */
  settled(): void {
    if (this.#commitsLeft > 0) this.#commitsLeft--;
  }

  /** Another agent's turns may have the same numbers. */
  forget(): void {
    this.#kinds.fill(0);
    this.#commitsLeft = 0;
  }

  /** @param id an input's number, or a timer's due time and place in one number */
  record(kind: number, id: number, failures = 1): void {
    let slot = this.#find(kind, id);
    if (slot < 0) {
      slot = this.#next;
      this.#next = (slot + 1) % RECORD_COUNT;
      this.#kinds[slot] = kind;
      this.#ids[slot] = id;
      this.#counts[slot] = 0;
    }
    this.#counts[slot] = Math.min(FAILURES_MAX, this.#counts[slot]! + failures);
    this.#commitsLeft = PROBATION_COMMITS;
  }

  /** The turn was committed. */
  passed(kind: number, id: number): void {
    const slot = this.#find(kind, id);
    if (slot < 0) return;
    if (this.#counts[slot]! >= FAILURES_MAX) this.#commitsLeft = PROBATION_COMMITS;
    this.#kinds[slot] = 0;
  }

  /** It has failed too often. */
  isSetAside(kind: number, id: number): boolean {
    const slot = this.#find(kind, id);
    return slot >= 0 && this.#counts[slot]! >= FAILURES_MAX;
  }

  #find(kind: number, id: number): number {
    for (let slot = 0; slot < RECORD_COUNT; slot++) if (this.#kinds[slot] === kind && this.#ids[slot] === id) return slot;
    return -1;
  }
}
