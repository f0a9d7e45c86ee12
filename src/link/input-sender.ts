import type { FrameBuilder } from '../wire/frame-builder.js';
import type { RttEstimator } from './rtt.js';

/** Inputs that may be on their way before the first of them is known to be consumed. */
export const INPUT_WINDOW = 4;
/** Inputs that the board refused, or that were lost, come again after this, and ever more rarely. */
export const INPUT_RETRY_MIN_MS = 500;
export const INPUT_RETRY_MAX_MS = 8000;

/** Where the inputs wait. */
export interface InputQueue {
  input(number: number): Uint8Array | undefined;
}

/** Sends inputs in the order of their numbers, again and again, until a durable head has consumed them. */
export class InputSender {
  readonly #queue: InputQueue;
  readonly #rtt: RttEstimator;
  /** -1: the agent takes none. */
  #consumed: number;
  /** The next number to be sent. */
  #next: number;
  #retryMs = INPUT_RETRY_MIN_MS;
  #sentMs = 0;

  constructor(queue: InputQueue, consumed: number, rtt: RttEstimator) {
    this.#queue = queue;
    this.#consumed = consumed;
    this.#next = consumed + 1;
    this.#rtt = rtt;
  }

  consumed(number: number): void {
    if (number <= this.#consumed) return;
    this.#consumed = number;
    this.#retryMs = INPUT_RETRY_MIN_MS;
    if (this.#next <= number) this.#next = number + 1;
  }

  wake(): void {
    this.#retryMs = INPUT_RETRY_MIN_MS;
  }

  poll(nowMs: number, builder: FrameBuilder, kind: number): boolean {
    if (this.#consumed < 0) return false;
    if (this.#isRetryDue(nowMs)) {
      this.#next = this.#consumed + 1;
      this.#retryMs = Math.min(this.#retryMs * 2, INPUT_RETRY_MAX_MS);
    }
    if (this.#next > this.#consumed + INPUT_WINDOW) return false;
    const bytes = this.#queue.input(this.#next);
    if (bytes === undefined) return false;
    builder.begin(kind);
    builder.varint(this.#next);
    builder.copyFrom(bytes, 0, bytes.length);
    this.#next++;
    this.#sentMs = nowMs;
    return true;
  }

  dueMs(nowMs: number): number {
    if (this.#consumed < 0) return Number.POSITIVE_INFINITY;
    const maySend = this.#next <= this.#consumed + INPUT_WINDOW && this.#queue.input(this.#next) !== undefined;
    if (maySend) return nowMs;
    return this.#next > this.#consumed + 1 ? this.#dueAgainMs : Number.POSITIVE_INFINITY;
  }

  get #dueAgainMs(): number {
    return this.#sentMs + Math.max(this.#retryMs, this.#rtt.rtoMs);
  }

  #isRetryDue(nowMs: number): boolean {
    return this.#next > this.#consumed + 1 && nowMs >= this.#dueAgainMs;
  }
}
