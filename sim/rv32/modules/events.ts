import { type BoardListener, board } from './natives.js';

/** What listens to the serial port. */
export interface SerialEvents {
  readable(count: number): void;
  writable(count: number): void;
}

/** Hands the loop's events to those who have asked for them: the serial port, and the one timer. */
export class BoardEvents implements BoardListener {
  serial: SerialEvents | undefined = undefined;
  /** Called at the end of each round. */
  onRound: (() => void) | undefined = undefined;
  #wake: (() => void) | undefined;

  constructor() {
    board.listen(this);
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#wake = wake;
    board.wakeAfter(Math.max(0, delayMs));
  }

  readable(count: number): void {
    this.serial?.readable(count);
    this.onRound?.();
  }

  writable(count: number): void {
    this.serial?.writable(count);
    this.onRound?.();
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
    this.onRound?.();
  }
}
