import { MESSAGE_BYTES_MAX } from '../../src/wire/constants.js';
import type { StoredInput } from '../store/store.js';

export { MESSAGE_BYTES_MAX as INPUT_BYTES_MAX };

/** Inputs of one agent that wait until a durable head has consumed them, in the order of their numbers. */
export class InputQueue {
  readonly #waiting: StoredInput[] = [];
  #writing = 0;
  /** The newest number given away or consumed. */
  newest = 0;

  /** Those that are being written count too: they are about to wait. */
  get count(): number {
    return this.#waiting.length + this.#writing;
  }

  /** From the store, in order. */
  load(inputs: readonly StoredInput[], consumed: number): void {
    this.#waiting.length = 0;
    this.newest = consumed;
    for (const input of inputs) {
      this.newest = Math.max(this.newest, input.number);
      if (input.number > consumed) this.#waiting.push(input);
    }
  }

  /** A number for a new input that is to be written, never given away before. `add` or `giveUp` follows. */
  reserve(): number {
    this.#writing++;
    return ++this.newest;
  }

  /** The write of an input failed. */
  giveUp(): void {
    this.#writing--;
  }

  /** Numbers grow, with gaps: one whose write failed is not used again. */
  add(input: StoredInput): void {
    this.#writing--;
    this.newest = Math.max(this.newest, input.number);
    this.#waiting.push(input);
    this.#waiting.sort((a, b) => a.number - b.number);
  }

  /** The first one above `number`. */
  after(number: number): StoredInput | undefined {
    return this.#waiting.find((input) => input.number > number);
  }

  /** Returns whether any were dropped. */
  dropUpTo(number: number): boolean {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.number <= number) count++;
    this.#waiting.splice(0, count);
    this.newest = Math.max(this.newest, number);
    return count > 0;
  }
}
