import type { Alarm, Clock } from '../clock.js';

/** A party's own time: fast or slow against the real one, and it may jump ahead. It never goes back: host and boards use monotonic ones. */
export class DriftClock implements Clock {
  readonly #clock: Clock;
  readonly #rate: number;
  #aheadMs = 0;

  /** `rate`: its ms per real ms. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
  }

  nowMs(): number {
    return this.#clock.nowMs() * this.#rate + this.#aheadMs;
  }

  at(timeMs: number, action: () => void): Alarm {
    return this.#clock.at((timeMs - this.#aheadMs) / this.#rate, action);
  }

  jump(ms: number): void {
    this.#aheadMs += ms;
  }
}
