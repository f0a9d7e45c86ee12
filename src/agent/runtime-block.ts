import type { StateMemory } from '../state/access.js';
import {
  CLOCK_HIGH_OFFSET,
  CLOCK_LOW_OFFSET,
  INPUT_HIGH_OFFSET,
  INPUT_LOW_OFFSET,
  RESERVED_OFFSET,
  RING_WORDS_OFFSET,
  RUNTIME_MAGIC,
  TIMER_BYTES,
  TIMER_COUNT_OFFSET,
  TIMERS_OFFSET,
  TWO_32,
} from './runtime-layout.js';

/** The runtime block of a running agent: its clock, how many inputs it has consumed, and its timers. */
export class RuntimeBlock {
  readonly #memory: StateMemory;
  readonly #timerCount: number;
  readonly #ringBytes: number;

  constructor(memory: StateMemory, timerCount: number, ringBytes: number) {
    this.#memory = memory;
    this.#timerCount = timerCount;
    this.#ringBytes = ringBytes;
  }

  /** Writes what never changes again; the rest of a new state is zeros. */
  initialise(): void {
    this.#memory.setU32(0, RUNTIME_MAGIC);
    this.#memory.setU8(TIMER_COUNT_OFFSET, this.#timerCount);
    this.#memory.setU16(RING_WORDS_OFFSET, this.#ringBytes / 4);
  }

  /** Whether the state is one of this agent's program. */
  get isValid(): boolean {
    return (
      this.#memory.getU32(0) === RUNTIME_MAGIC &&
      this.#memory.getU8(TIMER_COUNT_OFFSET) === this.#timerCount &&
      this.#memory.getU8(RESERVED_OFFSET) === 0 &&
      this.#memory.getU16(RING_WORDS_OFFSET) === this.#ringBytes / 4
    );
  }

  /** The agent's time at its last turn, in ms. It goes on from there on whatever board. */
  get clockMs(): number {
    return this.#memory.getU32(CLOCK_HIGH_OFFSET) * TWO_32 + this.#memory.getU32(CLOCK_LOW_OFFSET);
  }

  set clockMs(value: number) {
    this.#memory.setU32(CLOCK_LOW_OFFSET, value >>> 0);
    this.#memory.setU32(CLOCK_HIGH_OFFSET, (value / TWO_32) >>> 0);
  }

  /** The number of the last input consumed; the first has number 1. */
  get inputCount(): number {
    return this.#memory.getU32(INPUT_HIGH_OFFSET) * TWO_32 + this.#memory.getU32(INPUT_LOW_OFFSET);
  }

  set inputCount(value: number) {
    this.#memory.setU32(INPUT_LOW_OFFSET, value >>> 0);
    this.#memory.setU32(INPUT_HIGH_OFFSET, (value / TWO_32) >>> 0);
  }

  /** When a timer is due, in the agent's ms; 0 if it is off. */
  dueMs(timer: number): number {
    const offset = TIMERS_OFFSET + timer * TIMER_BYTES;
    return this.#memory.getU32(offset + 4) * TWO_32 + this.#memory.getU32(offset);
  }

  /** 0 for a timer that runs once. */
  periodMs(timer: number): number {
    return this.#memory.getU32(TIMERS_OFFSET + timer * TIMER_BYTES + 8);
  }

  setTimer(timer: number, dueMs: number, periodMs: number): void {
    const offset = TIMERS_OFFSET + timer * TIMER_BYTES;
    this.#memory.setU32(offset, dueMs >>> 0);
    this.#memory.setU32(offset + 4, (dueMs / TWO_32) >>> 0);
    this.#memory.setU32(offset + 8, periodMs);
  }

  /** The timer that is due first, the one declared first among equals; -1 if all are off. */
  earliestTimer(): number {
    let earliest = -1;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let timer = 0; timer < this.#timerCount; timer++) {
      const dueMs = this.dueMs(timer);
      if (dueMs === 0 || dueMs >= earliestMs) continue;
      earliest = timer;
      earliestMs = dueMs;
    }
    return earliest;
  }

  /** Sets a timer that runs now to its next time on its own grid; one that runs once goes off. Missed times are skipped. */
  advanceTimer(timer: number, nowMs: number): void {
    const periodMs = this.periodMs(timer);
    const dueMs = this.dueMs(timer);
    const periods = periodMs === 0 ? 0 : Math.floor((nowMs - dueMs) / periodMs) + 1;
    this.setTimer(timer, periodMs === 0 ? 0 : dueMs + periods * periodMs, periodMs);
  }
}
