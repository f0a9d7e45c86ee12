import { chip } from './this-board.js';

/** A timer of the SDK: it repeats, or is freed when it has run (modules/base/timer/mc/timer.c of 8.2). */
export default class Timer {
  #callback: ((timer: Timer) => void) | undefined;
  #series = 0;

  private constructor(callback: (timer: Timer) => void) {
    this.#callback = callback;
  }

  static set(callback: (timer: Timer) => void, delayMs = 0, repeatMs = 0): Timer {
    const timer = new Timer(callback);
    timer.#start(delayMs, repeatMs);
    return timer;
  }

  static repeat(callback: (timer: Timer) => void, intervalMs: number): Timer {
    return Timer.set(callback, intervalMs, intervalMs);
  }

  static schedule(timer: Timer, delayMs?: number, repeatMs = 0): void {
    if (timer.#callback === undefined) throw new TypeError('no timer');
    timer.#series++;
    if (delayMs !== undefined) timer.#start(delayMs, repeatMs);
  }

  static clear(timer: Timer | undefined): void {
    if (timer === undefined) return;
    timer.#series++;
    timer.#callback = undefined;
  }

  #start(delayMs: number, repeatMs: number): void {
    const series = ++this.#series;
    chip.post(delayMs, () => {
      if (series !== this.#series) return;
      const callback = this.#callback!;
      if (repeatMs === 0) Timer.clear(this);
      else this.#start(repeatMs, repeatMs);
      callback(this);
    });
  }
}
