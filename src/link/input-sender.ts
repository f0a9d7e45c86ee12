import type { FrameBuilder } from '../wire/frame-builder.js';

/** Inputs that may be on their way before the first of them is known to be consumed. */
export const INPUT_WINDOW = 4;
/** Inputs that the board refused, or that were lost, come again after this, and ever more rarely. */
export const INPUT_RETRY_MIN_MS = 500;
export const INPUT_RETRY_MAX_MS = 8000;

/** A message that waits for an agent; numbers grow, with gaps. */
export interface WaitingInput {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Where the inputs wait. */
export interface InputSource {
  /** The first waiting input above `number`, or undefined. */
  inputAfter(number: number): WaitingInput | undefined;
}

/** Sends inputs in the order of their numbers, again and again, until a durable head has consumed them. */
export class InputSender {
  readonly #queue: InputSource;
  /** Number of the newest input in a durable head; -1: the agent takes none. */
  #consumed: number;
  /** Number of the input sent last; below it all were sent. */
  #sent: number;
  #onTheirWay = 0;
  #retryMs = INPUT_RETRY_MIN_MS;
  #sentMs = 0;

  constructor(queue: InputSource, consumed: number) {
    this.#queue = queue;
    this.#consumed = consumed;
    this.#sent = consumed;
  }

  consumed(number: number): void {
    if (number <= this.#consumed) return;
    this.#consumed = number;
    this.#retryMs = INPUT_RETRY_MIN_MS;
    if (this.#onTheirWay > 0) this.#onTheirWay--;
    if (this.#sent > number) return;
    this.#sent = number;
    this.#onTheirWay = 0;
  }

  wake(): void {
    this.#retryMs = INPUT_RETRY_MIN_MS;
  }

  poll(nowMs: number, builder: FrameBuilder, kind: number): boolean {
    if (this.#consumed < 0) return false;
    if (this.#onTheirWay > 0 && nowMs >= this.#dueAgainMs) this.#startOver();
    const input = this.#next;
    if (input === undefined) return false;
    builder.begin(kind);
    builder.varint(input.number);
    builder.varint(this.#sent > this.#consumed ? this.#sent : 0);
    builder.copyFrom(input.bytes, 0, input.bytes.length);
    this.#sent = input.number;
    this.#onTheirWay++;
    this.#sentMs = nowMs;
    return true;
  }

  dueMs(nowMs: number): number {
    if (this.#consumed < 0) return Number.POSITIVE_INFINITY;
    if (this.#next !== undefined) return nowMs;
    return this.#onTheirWay > 0 ? this.#dueAgainMs : Number.POSITIVE_INFINITY;
  }

  get #next(): WaitingInput | undefined {
    return this.#onTheirWay < INPUT_WINDOW ? this.#queue.inputAfter(this.#sent) : undefined;
  }

  get #dueAgainMs(): number {
    return this.#sentMs + this.#retryMs;
  }

  #startOver(): void {
    this.#sent = this.#consumed;
    this.#onTheirWay = 0;
    this.#retryMs = Math.min(this.#retryMs * 2, INPUT_RETRY_MAX_MS);
  }
}
