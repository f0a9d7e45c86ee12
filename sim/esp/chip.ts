import type { Clock } from '../clock.js';

/**
 * One core that runs the firmware's callbacks one after the other. While it is busy (a flash operation stops the core: its code lies in
 * that flash) nothing is called, and time goes on.
 */
export class Chip {
  readonly clock: Clock;
  /** Between the instant at which something happens and the firmware's hearing of it. */
  readonly messageMs: number;
  resets = 0;
  #busyUntilMs = 0;
  #life = 0;

  constructor(clock: Clock, messageMs = 0.2) {
    this.clock = clock;
    this.messageMs = messageMs;
  }

  /** As the firmware sees it: what it just waited for has passed. */
  nowMs(): number {
    return Math.max(this.clock.nowMs(), this.#busyUntilMs);
  }

  /** The core stands still, from now on, for so long. */
  busy(forMs: number): void {
    this.#busyUntilMs = this.nowMs() + forMs;
  }

  /** Calls the firmware back, once the core is free. What was posted before a reset is never heard of. */
  post(delayMs: number, callback: () => void): void {
    const life = this.#life;
    const run = (): void => {
      if (life !== this.#life) return;
      if (this.clock.nowMs() < this.#busyUntilMs) this.clock.at(this.#busyUntilMs, run);
      else callback();
    };
    this.clock.at(this.nowMs() + delayMs, run);
  }

  /** RAM, timers and callbacks are gone. */
  reset(): void {
    this.resets++;
    this.#life++;
    this.#busyUntilMs = 0;
  }
}
