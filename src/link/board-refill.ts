import type { DeltaSink } from '../delta/delta-sink.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import { KIND_DELTA_ACK } from '../wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { WelcomeMessage } from '../wire/welcome.js';
import type { LinkCounters } from './counters.js';
import { type DeltaReceiver, RECEIVER_COMPLETE, RECEIVER_MISMATCH, RECEIVER_NOTHING } from './delta-receiver.js';

export const REFILL_GOES_ON = 0;
/** The memory holds the head, verified. */
export const REFILL_COMPLETE = 1;
/** What arrived does not fit: compare pages, and the rest is sent. */
export const REFILL_COMPARE = 2;

/** The head on its way down to a memory that is no state yet. */
export class BoardRefill {
  headSequence = 0;
  headDigest = 0;
  usedSequence = 0;
  /** When a piece of it, or an answer about it, came last. */
  progressMs = 0;
  readonly #memory: PageMemory;
  readonly #sink: DeltaSink;
  readonly #receiver: DeltaReceiver;
  readonly #counters: LinkCounters;
  readonly #frame = new DeltaFrame();
  readonly #ack = new DeltaAckMessage();

  constructor(memory: PageMemory, sink: DeltaSink, receiver: DeltaReceiver, counters: LinkCounters) {
    this.#memory = memory;
    this.#sink = sink;
    this.#receiver = receiver;
    this.#counters = counters;
  }

  beginSession(nowMs: number, welcome: WelcomeMessage): void {
    this.headSequence = welcome.headSequence;
    this.headDigest = welcome.headDigest;
    this.usedSequence = welcome.usedSequence;
    this.progressMs = nowMs;
    this.#receiver.reset(welcome.epoch, welcome.session);
  }

  /** What was written stays, and its hashes are right. */
  suspend(): void {
    this.#sink.drop();
  }

  get ackPending(): boolean {
    return this.#receiver.ackPending;
  }

  /** `isOpen`: a refill is under way. Afterwards only frames that came twice are answered. */
  onDelta(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array, isOpen: boolean): number {
    const frame = this.#frame;
    if (!frame.read(kind, reader)) {
      this.#counters.badFields++;
      return REFILL_GOES_ON;
    }
    if (!isOpen && !this.#receiver.isCurrent(frame.number)) {
      this.#counters.unexpected++;
      return REFILL_GOES_ON;
    }
    const result = this.#receiver.onFrame(bytes, frame, 0);
    if (result !== RECEIVER_NOTHING) this.progressMs = nowMs;
    if (result === RECEIVER_MISMATCH) return REFILL_COMPARE;
    return result === RECEIVER_COMPLETE ? this.#complete() : REFILL_GOES_ON;
  }

  onAsk(reader: ByteReader, isOpen: boolean): void {
    const number = readDeltaAsk(reader);
    if (number < 0) this.#counters.badFields++;
    else if (!isOpen && !this.#receiver.isCurrent(number)) this.#counters.unexpected++;
    else this.#receiver.onAsk(number, 0);
  }

  buildAck(builder: FrameBuilder): void {
    this.#receiver.fillAck(this.#ack);
    builder.begin(KIND_DELTA_ACK);
    this.#ack.write(builder);
  }

  #complete(): number {
    if (this.#sink.sequence !== this.headSequence || this.#sink.digest !== this.headDigest) {
      this.#sink.drop();
      this.#receiver.broken();
      return REFILL_COMPARE;
    }
    this.#sink.apply();
    this.#receiver.done(this.headSequence);
    const memory = this.#memory;
    for (let page = memory.nextDirtyPage(0); page >= 0; page = memory.nextDirtyPage(page + 1)) memory.settlePage(page);
    return REFILL_COMPLETE;
  }
}
