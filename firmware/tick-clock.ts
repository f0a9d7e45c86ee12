/** Ms that never go back, out of a 32-bit counter of ms that wraps every 49 days. It must be read once in 24 of them. */
export class TickClock {
  #nowMs = 0;
  #ticks: number;

  constructor(ticks: number) {
    this.#ticks = ticks;
  }

  /** @param ticks the counter, signed or not */
  at(ticks: number): number {
    const passedMs = (ticks - this.#ticks) | 0;
    if (passedMs > 0) {
      this.#nowMs += passedMs;
      this.#ticks = ticks;
    }
    return this.#nowMs;
  }
}
