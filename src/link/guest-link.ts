import { StoredEncoder } from '../codec/stored.js';
import { DeltaSource } from '../delta/delta-source.js';
import { PAGE_BYTES } from '../memory/constants.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import { KIND_DELTA_ACK, KIND_DIFFS, KIND_ERROR, KIND_HASHES, KIND_HEARTBEAT } from '../wire/constants.js';
import { DeltaAckMessage } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { HashesFrame } from '../wire/resync-frames.js';
import { ErrorFrame } from '../wire/small-frames.js';
import type { LinkCounters } from './counters.js';
import { type DeltaSender, SENDER_DONE, SENDER_IGNORED, SENDER_PROGRESS } from './delta-sender.js';
import { HostPulse } from './host-pulse.js';
import { downSender } from './host-refill.js';
import { OrderSender } from './order-sender.js';
import { PageAnswers } from './page-answers.js';

/** So many timeouts without any answer to a delta: the board hears nothing, or says nothing. */
const TIMEOUTS_MAX = 16;

/** What a guest session needs of the host around it. Called inside `take`. */
export interface GuestPort {
  /** The board holds the state of this commit, verified: it can be activated from it, until the next round begins. */
  onPrepared(sequence: number, digest: number): void;
  onReport(code: number, bytes: Uint8Array, at: number, count: number): void;
}

export interface GuestLinkOptions {
  /** What the board is to hold: a copy of the head, with dirty marks and nothing dirty. Only `follow` changes it from here on. */
  readonly memory: PageMemory;
  /** Of the session that the WELCOME with PREPARE named. */
  readonly epoch: number;
  readonly session: number;
  /** The commit that the copy is of. */
  readonly sequence: number;
  readonly boardWindowFrames: number;
  readonly boardFifoBytes: number;
  /** The board's hello said that it holds pages of this very agent: it asks first which of them are right. */
  readonly hasPages: boolean;
}

/**
 * One session of a vacant board that is prepared with an agent, on the host's side. The state goes down as a refill does, then in rounds:
 * while one is under way the head moves on, and what has changed by its end is the next. A round is a delta from what the board reported
 * last, so the last one is as short as what the source wrote since.
 */
export class GuestLink {
  /** Activates the board; repeated until its hello ends this session. */
  readonly orders = new OrderSender();
  /** Rounds that the board has verified. */
  rounds = 0;
  /** The commit that the board holds; 0 while a round is under way, or after one that did not verify. */
  preparedSequence = 0;
  preparedDigest = 0;
  readonly #port: GuestPort;
  readonly #counters: LinkCounters;
  readonly #memory: PageMemory;
  readonly #source: DeltaSource;
  readonly #sender: DeltaSender;
  readonly #answers: PageAnswers;
  readonly #pulse: HostPulse;
  readonly #epoch: number;
  readonly #session: number;
  readonly #ack = new DeltaAckMessage();
  readonly #hashes = new HashesFrame();
  readonly #error = new ErrorFrame();
  /** What `memory` is a copy of. */
  #sequence: number;
  /** What the next delta starts from: 0, until the board has verified one. */
  #baseSequence = 0;
  #isRoundDue: boolean;

  constructor(options: GuestLinkOptions, port: GuestPort, counters: LinkCounters) {
    this.#port = port;
    this.#counters = counters;
    this.#memory = options.memory;
    this.#epoch = options.epoch;
    this.#session = options.session;
    this.#sequence = options.sequence;
    this.#pulse = new HostPulse(counters);
    this.#source = new DeltaSource(options.memory, [new StoredEncoder()]);
    this.#sender = downSender(this.#source, options, counters);
    this.#answers = new PageAnswers(options.memory, undefined, options.hasPages);
    this.#isRoundDue = !options.hasPages;
    if (this.#isRoundDue) this.#answers.markContent();
  }

  /** Nothing is under way: a round can begin, or the board be activated. */
  get isReady(): boolean {
    return this.preparedSequence > 0;
  }

  /** Round-trip time of the link, 0 while it is not known. */
  get roundTripMs(): number {
    return this.#sender.rtt.smoothedMs;
  }

  /** The board answers nothing of what is under way: better begin another session. */
  get isStuck(): boolean {
    return this.#sender.timeoutRun > TIMEOUTS_MAX;
  }

  /**
   * Begins the round that brings the board to `head`, which is the state of commit `sequence`. False, and nothing changes: a round is under
   * way, or the board is there already. Costs a comparison of the whole state; only what differs is sent.
   */
  follow(head: PageMemory, sequence: number): boolean {
    if (!this.isReady || sequence <= this.#sequence) return false;
    const memory = this.#memory;
    for (let at = 0; at < memory.sizeBytes; at += PAGE_BYTES) {
      memory.write(at, head.bytes, at, Math.min(PAGE_BYTES, memory.sizeBytes - at));
    }
    this.#sequence = sequence;
    this.#isRoundDue = true;
    this.preparedSequence = 0;
    return true;
  }

  /** The agent is granted to this board in `epoch`, durably. `usedSequence`: the newest that the agent is known to have used. */
  activate(epoch: number, usedSequence: number): void {
    this.orders.activate(epoch, this.preparedSequence, this.preparedDigest, usedSequence);
  }

  /** Asks the board for a sign of life. */
  probe(): void {
    this.#pulse.probe();
  }

  /** Takes a frame that passed the gate; `reader` stands on its fields. */
  take(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array): void {
    this.#pulse.heard();
    if (kind === KIND_DELTA_ACK) this.#onAck(nowMs, reader);
    else if (kind === KIND_HASHES) this.#onHashes(reader, bytes);
    else if (kind === KIND_HEARTBEAT) this.#pulse.take(nowMs, reader);
    else if (kind !== KIND_ERROR) this.#counters.unexpected++;
    else if (!this.#error.read(reader)) this.#counters.badFields++;
    else this.#port.onReport(this.#error.code, bytes, this.#error.textAt, this.#error.textBytes);
  }

  poll(nowMs: number, builder: FrameBuilder): boolean {
    const pulse = this.#pulse;
    if (pulse.isHolding(nowMs)) return pulse.poll(nowMs, this.#sequence, builder);
    if (this.#answers.pending) return this.#answers.build(builder, KIND_DIFFS);
    if (this.orders.poll(nowMs, builder)) return true;
    if (pulse.poll(nowMs, this.#sequence, builder)) return true;
    if (this.#isRoundDue) this.#beginRound(nowMs);
    return this.#sender.poll(nowMs, builder);
  }

  dueMs(nowMs: number): number {
    const pulse = this.#pulse;
    if (pulse.isHolding(nowMs)) return pulse.heldDueMs(nowMs);
    if (this.#answers.pending || pulse.isDue || this.#isRoundDue) return nowMs;
    return Math.min(this.orders.dueMs, this.#sender.dueMs(nowMs));
  }

  #beginRound(nowMs: number): void {
    this.#isRoundDue = false;
    this.#answers.stopCollecting();
    const memory = this.#memory;
    if (memory.dirtyPageCount === 0) memory.markRangeDirty(0, Math.min(4, memory.sizeBytes));
    this.#sender.start(nowMs, this.#epoch, this.#session, this.#baseSequence, this.#sequence);
  }

  #onAck(nowMs: number, reader: ByteReader): void {
    if (!this.#ack.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    const result = this.#sender.onAck(nowMs, this.#ack);
    if (result === SENDER_IGNORED || result === SENDER_PROGRESS) return;
    if (result === SENDER_DONE) this.#onVerified();
    else this.#startAnew();
  }

  #onVerified(): void {
    this.preparedDigest = this.#source.digest;
    this.#source.acknowledge();
    this.preparedSequence = this.#sequence;
    this.#baseSequence = this.#sequence;
    this.rounds++;
    this.#port.onPrepared(this.preparedSequence, this.preparedDigest);
  }

  /** What the board holds is not what it should be: it compares pages now and asks which differ. */
  #startAnew(): void {
    this.#source.bringBack();
    this.#answers.forgetMarks();
    this.#answers.collect();
    this.#baseSequence = 0;
    this.preparedSequence = 0;
  }

  #onHashes(reader: ByteReader, bytes: Uint8Array): void {
    if (!this.#hashes.read(reader)) this.#counters.badFields++;
    else if (!this.#answers.isCollecting || !this.#answers.answer(this.#hashes, bytes)) this.#counters.unexpected++;
    else if (this.#answers.collected) this.#isRoundDue = true;
  }
}
