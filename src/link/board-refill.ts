import type { DeltaSink } from '../delta/delta-sink.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import { ACTION_PREPARE, KIND_DELTA_ACK } from '../wire/constants.js';
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

/**
 * The head on its way down to a memory that is no state yet. A guest's memory follows a head that goes on: after the first delta come
 * further ones, each from the last one's sequence; any that does not verify starts the line anew, from 0.
 */
export class BoardRefill {
  /** What is to come, or came: for a guest the newest that was verified. */
  headSequence = 0;
  headDigest = 0;
  usedSequence = 0;
  /** When it was verified. */
  preparedMs = 0;
  /** When a piece of it, or an answer about it, came last. */
  progressMs = 0;
  readonly #memory: PageMemory;
  readonly #sink: DeltaSink;
  readonly #receiver: DeltaReceiver;
  readonly #counters: LinkCounters;
  readonly #frame = new DeltaFrame();
  readonly #ack = new DeltaAckMessage();
  #isGuest = false;
  #baseSequence = 0;
  #isWhole = false;

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
    this.#isGuest = welcome.action === ACTION_PREPARE;
    this.#baseSequence = 0;
    this.#isWhole = false;
    this.#receiver.reset(welcome.epoch, welcome.session);
  }

  /** What was written stays, and its hashes are right. */
  suspend(): void {
    this.#isWhole = false;
    this.#sink.drop();
  }

  /** The memory is what the head was at `headSequence`, byte for byte, and nothing newer is on its way into it. */
  get isPrepared(): boolean {
    return this.#isWhole && !this.#receiver.receiving;
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
    const result = this.#receiver.onFrame(bytes, frame, this.#baseSequence);
    if (result !== RECEIVER_NOTHING) this.progressMs = nowMs;
    if (result === RECEIVER_MISMATCH) return this.#startAnew();
    return result === RECEIVER_COMPLETE ? this.#complete(nowMs) : REFILL_GOES_ON;
  }

  onAsk(reader: ByteReader, isOpen: boolean): void {
    const number = readDeltaAsk(reader);
    if (number < 0) this.#counters.badFields++;
    else if (!isOpen && !this.#receiver.isCurrent(number)) this.#counters.unexpected++;
    else this.#receiver.onAsk(number, this.#baseSequence);
  }

  buildAck(builder: FrameBuilder): void {
    this.#receiver.fillAck(this.#ack);
    builder.begin(KIND_DELTA_ACK);
    this.#ack.write(builder);
  }

  #startAnew(): number {
    this.#baseSequence = 0;
    this.#isWhole = false;
    return REFILL_COMPARE;
  }

  #complete(nowMs: number): number {
    const { sequence, digest } = this.#sink;
    if (!this.#isGuest && (sequence !== this.headSequence || digest !== this.headDigest)) {
      this.#sink.drop();
      this.#receiver.broken();
      return this.#startAnew();
    }
    this.#sink.apply();
    this.#receiver.done(sequence);
    this.headSequence = sequence;
    this.headDigest = digest;
    if (this.#isGuest) this.#baseSequence = sequence;
    this.#isWhole = true;
    this.preparedMs = nowMs;
    const memory = this.#memory;
    for (let page = memory.nextDirtyPage(0); page >= 0; page = memory.nextDirtyPage(page + 1)) memory.settlePage(page);
    return REFILL_COMPLETE;
  }
}
