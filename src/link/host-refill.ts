import { StoredEncoder } from '../codec/stored.js';
import { DeltaSource } from '../delta/delta-source.js';
import type { PageMemory } from '../memory/page-memory.js';
import { FRAME_PAYLOAD_MAX } from '../wire/constants.js';
import type { DeltaAckMessage } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { LinkCounters } from './counters.js';
import { DeltaSender, SENDER_DONE, SENDER_IGNORED, SENDER_PROGRESS } from './delta-sender.js';
import { FlowWindow } from './flow.js';
import type { PageAnswers } from './page-answers.js';

/** Bytes on their way to a board at most, however well it goes. */
export const FLOW_BYTES_MAX = 16 * 1024;

/** The board runs from pages of its own. */
export const REFILL_NONE = 0;
export const REFILL_WHOLE = 1;
/** The board holds something and first asks which pages are right already. */
export const REFILL_DIFFERENCES = 2;

export interface HostRefillOptions {
  /** The head's content: not dirty but for a refill that is under way. */
  readonly memory: PageMemory;
  readonly epoch: number;
  readonly session: number;
  readonly boardWindowFrames: number;
  readonly boardFifoBytes: number;
  readonly refill: number;
}

/** The head on its way to a board without a state: all of it, or what the board's answers about its pages leave. */
export class HostRefill {
  /** What differs is marked: it may leave. */
  isDue: boolean;
  readonly #memory: PageMemory;
  readonly #answers: PageAnswers;
  readonly #counters: LinkCounters;
  readonly #epoch: number;
  readonly #session: number;
  readonly #source: DeltaSource;
  readonly #sender: DeltaSender;

  constructor(options: HostRefillOptions, answers: PageAnswers, counters: LinkCounters) {
    this.#memory = options.memory;
    this.#answers = answers;
    this.#counters = counters;
    this.#epoch = options.epoch;
    this.#session = options.session;
    this.#source = new DeltaSource(options.memory, [new StoredEncoder()]);
    this.#sender = downSender(this.#source, options, counters);
    this.isDue = options.refill === REFILL_WHOLE;
    if (this.isDue) answers.markContent();
  }

  get isUnderWay(): boolean {
    return this.#source.active;
  }

  /** True: the board holds the head. */
  onAck(nowMs: number, ack: DeltaAckMessage): boolean {
    const result = this.#sender.onAck(nowMs, ack);
    if (result === SENDER_DONE) return true;
    if (result === SENDER_IGNORED || result === SENDER_PROGRESS) return false;
    // The board compares pages now and asks which differ.
    this.drop();
    this.#answers.collect();
    return false;
  }

  /** `headSequence`: of the commit that the memory's content is of. */
  poll(nowMs: number, headSequence: number, builder: FrameBuilder): boolean {
    if (this.isDue) {
      this.isDue = false;
      this.#counters.refills++;
      if (this.#memory.dirtyPageCount === 0) this.#memory.markPageDirty(0);
      this.#sender.start(nowMs, this.#epoch, this.#session, 0, headSequence);
    }
    return this.#sender.poll(nowMs, builder);
  }

  dueMs(nowMs: number): number {
    return this.isDue ? nowMs : this.#sender.dueMs(nowMs);
  }

  /** No more of it leaves. */
  drop(): void {
    if (this.#source.active) this.#source.bringBack();
    this.#answers.forgetMarks();
    this.#sender.stop();
    this.isDue = false;
  }
}

/** Sends deltas down to a board whose hello told of its cells and its FIFO. */
export function downSender(
  source: DeltaSource,
  { boardWindowFrames, boardFifoBytes }: { readonly boardWindowFrames: number; readonly boardFifoBytes: number },
  counters: LinkCounters,
): DeltaSender {
  const frames = boardWindowFrames + 1;
  const flow = new FlowWindow(boardFifoBytes, Math.max(FLOW_BYTES_MAX, boardFifoBytes));
  const sender = new DeltaSender(source, frames, FRAME_PAYLOAD_MAX, flow, counters);
  sender.reset(frames);
  return sender;
}
