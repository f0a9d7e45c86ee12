import { KIND_ACTIVATE, KIND_FREEZE, KIND_RETIRE, KIND_THAW } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { ActivateMessage } from '../wire/ownership-frames.js';

/** An order that nothing came of is repeated after this, and ever more rarely. */
export const ORDER_RETRY_MIN_MS = 200;
export const ORDER_RETRY_MAX_MS = 2000;

const NONE = 0;

/**
 * The host's order to a board, one at a time, repeated until the board has answered: a frozen one by FROZEN, any other by the hello that
 * ends the session. A newer order takes the place of an older one. What it says is durable before it is given here.
 */
export class OrderSender {
  #kind = NONE;
  /** Nonce of a FREEZE, epoch of a THAW or RETIRE. */
  #value = 0;
  readonly #activate = new ActivateMessage();
  /** When the order left last. */
  sentMs = 0;
  #retryMs = ORDER_RETRY_MIN_MS;
  #nextMs = Number.POSITIVE_INFINITY;

  /** `nonce`: u32, of this order alone. */
  freeze(nonce: number): void {
    this.#begin(KIND_FREEZE, nonce);
  }

  thaw(epoch: number): void {
    this.#begin(KIND_THAW, epoch);
  }

  retire(epoch: number): void {
    this.#begin(KIND_RETIRE, epoch);
  }

  /** `usedSequence`: the newest that the agent is known to have used. */
  activate(epoch: number, sequence: number, digest: number, usedSequence: number): void {
    const order = this.#activate;
    order.epoch = epoch;
    order.sequence = sequence;
    order.digest = digest;
    order.usedSequence = Math.max(sequence, usedSequence);
    this.#begin(KIND_ACTIVATE, epoch);
  }

  /** An order is under way. */
  get active(): boolean {
    return this.#kind !== NONE;
  }

  /** Whether a FROZEN with this nonce answers what is under way. */
  answers(nonce: number): boolean {
    return this.#kind === KIND_FREEZE && this.#value === nonce;
  }

  end(): void {
    this.#kind = NONE;
    this.#nextMs = Number.POSITIVE_INFINITY;
  }

  get dueMs(): number {
    return this.#nextMs;
  }

  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (nowMs < this.#nextMs) return false;
    this.sentMs = nowMs;
    this.#nextMs = nowMs + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, ORDER_RETRY_MAX_MS);
    builder.begin(this.#kind);
    if (this.#kind === KIND_ACTIVATE) this.#activate.write(builder);
    else if (this.#kind === KIND_FREEZE) builder.u32(this.#value);
    else builder.varint(this.#value);
    return true;
  }

  #begin(kind: number, value: number): void {
    this.#kind = kind;
    this.#value = value;
    this.#retryMs = ORDER_RETRY_MIN_MS;
    this.#nextMs = Number.NEGATIVE_INFINITY;
  }
}
