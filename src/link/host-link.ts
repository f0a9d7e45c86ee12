import type { PayloadDecoder } from '../codec/payload.js';
import { DeltaSink } from '../delta/delta-sink.js';
import type { StagedTarget } from '../delta/staged-target.js';
import type { ByteReader } from '../wire/byte-reader.js';
import {
  FRAME_PAYLOAD_MAX,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_FROZEN,
  KIND_HASHES,
  KIND_HEARTBEAT,
} from '../wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { FreezeMessage } from '../wire/ownership-frames.js';
import { HashesFrame } from '../wire/resync-frames.js';
import type { LinkCounters } from './counters.js';
import { DeltaReceiver, RECEIVER_COMPLETE, RECEIVER_MISMATCH, RECEIVER_NO_ROOM } from './delta-receiver.js';
import { HostMail, type MailPort } from './host-mail.js';
import { HostPulse } from './host-pulse.js';
import { HostRefill, type HostRefillOptions, REFILL_DIFFERENCES, REFILL_NONE } from './host-refill.js';
import { OrderSender } from './order-sender.js';
import { PageAnswers } from './page-answers.js';

/** What a session needs of the host around it. Called inside `take` and `poll`. */
export interface HostPort extends MailPort {
  /** A delta is verified and staged in the target: make it durable, apply it, then call `durable`. */
  onVerified(sequence: number, digest: number): void;
  /** The board was refilled and runs. */
  onRefilled(): void;
  /** The pool had no page left for a delta; it was dropped. */
  onNoRoom(): void;
  /** The board's newest sequence, as far as it is known. */
  onBoardSequence(sequence: number): void;
  /** The board stands still at this commit, which was acknowledged. Absent: it is never asked to. */
  onFrozen?(sequence: number, digest: number): void;
  /** A lease may run from this question: true if `answer` will come later, or never. Absent: it is answered at once. */
  onQuestion?(nonce: number): boolean;
}

/** `memory`: only `apply` of a durable delta changes it. */
export interface HostLinkOptions extends HostRefillOptions {
  readonly target: StagedTarget;
  /** What the board's codecs need; with histories of their own, so new ones for every session. */
  readonly decoders: readonly PayloadDecoder[];
  readonly headSequence: number;
  /** Frames that this side keeps out of order: not more than the board's outbox has. */
  readonly windowFrames: number;
  /** Number of the newest input that the head has consumed; -1: the agent takes none. */
  readonly consumedInputs: number;
}

/** One session of one board, on the host's side: the mirror of BoardLink, with its check and hello done by its owner. */
export class HostLink {
  headSequence: number;
  /** The board runs: it has its pages. */
  isRunning: boolean;
  /** Freezes, thaws, retires the board. */
  readonly orders = new OrderSender();
  readonly #port: HostPort;
  readonly #counters: LinkCounters;
  readonly #target: StagedTarget;
  readonly #sink: DeltaSink;
  readonly #receiver: DeltaReceiver;
  /** Only of a session that begins with one. */
  readonly #refill: HostRefill | undefined;
  readonly #pulse: HostPulse;
  readonly #answers: PageAnswers;
  readonly #mail: HostMail;
  readonly #windowFrames: number;
  readonly #deltaFrame = new DeltaFrame();
  readonly #ack = new DeltaAckMessage();
  readonly #hashes = new HashesFrame();
  readonly #frozen = new FreezeMessage();
  /** It stands still. */
  #isStopped = false;

  constructor(options: HostLinkOptions, port: HostPort, counters: LinkCounters) {
    this.#port = port;
    this.#counters = counters;
    this.#target = options.target;
    this.#windowFrames = options.windowFrames;
    this.headSequence = options.headSequence;
    this.isRunning = options.refill === REFILL_NONE;
    this.#sink = new DeltaSink(options.target, options.decoders);
    this.#receiver = new DeltaReceiver(this.#sink, options.windowFrames, FRAME_PAYLOAD_MAX, counters, false);
    this.#receiver.reset(options.epoch, options.session);
    this.#answers = new PageAnswers(options.memory, options.target, options.refill === REFILL_DIFFERENCES);
    if (!this.isRunning) this.#refill = new HostRefill(options, this.#answers, counters);
    this.#pulse = new HostPulse(counters);
    this.#mail = new HostMail(port, options.consumedInputs, counters);
  }

  /** A delta is verified and not yet durable. */
  get settling(): boolean {
    return this.#receiver.complete;
  }

  /** Takes a frame that passed the gate; `reader` stands on its fields. */
  take(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array): void {
    this.#pulse.heard();
    switch (kind) {
      case KIND_DELTA_ONLY:
      case KIND_DELTA_FIRST:
      case KIND_DELTA_MIDDLE:
      case KIND_DELTA_LAST:
        this.#onDelta(kind, reader, bytes);
        break;
      case KIND_DELTA_ACK:
        this.#onAck(nowMs, reader);
        break;
      case KIND_DELTA_ASK:
        this.#onAsk(reader);
        break;
      case KIND_HASHES:
        this.#onHashes(reader, bytes);
        break;
      case KIND_HEARTBEAT:
        this.#onHeartbeat(nowMs, reader);
        break;
      case KIND_FROZEN:
        this.#onFrozen(reader);
        break;
      default:
        this.#mail.take(kind, reader, bytes);
    }
  }

  /** The verified delta is durable and applied. `consumedInputs` as the head says now. */
  durable(sequence: number, consumedInputs: number): void {
    this.headSequence = sequence;
    this.#receiver.done(sequence);
    this.#mail.consumed(consumedInputs);
  }

  /** There is room in the pool again. */
  grantCredit(): void {
    this.#receiver.grant(this.#windowFrames);
  }

  /** Asks the board for a sign of life. */
  probe(): void {
    this.#pulse.probe();
  }

  /** Answers a question that was deferred. */
  answer(nonce: number): void {
    this.#pulse.answer(nonce);
  }

  /** A new input waits. */
  wakeInputs(): void {
    this.#mail.wakeInputs();
  }

  /** Asks for the schema from this offset on; -1: not any more. */
  wantSchema(offset: number): void {
    this.#mail.wantSchema(offset);
  }

  /** The session is over. Staged pages of a torn delta stay in the target; the owner decides about them. */
  end(): void {
    this.#refill?.drop();
    this.#target.suspend();
  }

  poll(nowMs: number, builder: FrameBuilder): boolean {
    const pulse = this.#pulse;
    if (pulse.isHolding(nowMs)) return pulse.poll(nowMs, this.headSequence, builder);
    if (this.#receiver.ackPending) return this.#buildAck(builder);
    if (this.#answers.pending) return this.#answers.build(builder, KIND_DIFFS);
    if (pulse.poll(nowMs, this.headSequence, builder)) return true;
    if (this.orders.poll(nowMs, builder)) return true;
    if (this.#refill?.poll(nowMs, this.headSequence, builder)) return true;
    return this.#mail.poll(nowMs, builder, this.#takesInputs);
  }

  dueMs(nowMs: number): number {
    const pulse = this.#pulse;
    if (pulse.isHolding(nowMs)) return pulse.heldDueMs(nowMs);
    if (this.#receiver.ackPending || this.#answers.pending || pulse.isDue) return nowMs;
    const refillMs = this.#refill?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY;
    return Math.min(refillMs, this.orders.dueMs, this.#mail.dueMs(nowMs, this.#takesInputs));
  }

  /** The board runs, and nothing is under way that stops it. */
  get #takesInputs(): boolean {
    return this.isRunning && !this.#isStopped && !this.orders.active;
  }

  #onFrozen(reader: ByteReader): void {
    const frozen = this.#frozen;
    if (!frozen.readAnswer(reader)) {
      this.#counters.badFields++;
    } else if (!this.orders.answers(frozen.nonce)) {
      this.#counters.staleAnswers++;
    } else {
      this.orders.end();
      this.#isStopped = true;
      this.#port.onFrozen?.(frozen.sequence, frozen.digest);
    }
  }

  #onDelta(kind: number, reader: ByteReader, bytes: Uint8Array): void {
    if (!this.#deltaFrame.read(kind, reader)) {
      this.#counters.badFields++;
      return;
    }
    if (!this.isRunning) this.#endRefill();
    const result = this.#receiver.onFrame(bytes, this.#deltaFrame, this.headSequence);
    if (result === RECEIVER_COMPLETE) {
      this.#port.onVerified(this.#sink.sequence, this.#sink.digest);
    } else if (result === RECEIVER_NO_ROOM) {
      this.#receiver.credit = 0;
      this.#port.onNoRoom();
    } else if (result === RECEIVER_MISMATCH) {
      this.#target.drop();
    }
  }

  #onAsk(reader: ByteReader): void {
    const number = readDeltaAsk(reader);
    if (number < 0) this.#counters.badFields++;
    else if (this.isRunning) this.#receiver.onAsk(number, this.headSequence);
    else this.#counters.unexpected++;
  }

  #onAck(nowMs: number, reader: ByteReader): void {
    if (!this.#ack.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    if (this.#refill?.onAck(nowMs, this.#ack)) this.#endRefill();
  }

  #onHashes(reader: ByteReader, bytes: Uint8Array): void {
    if (!this.#hashes.read(reader)) {
      this.#counters.badFields++;
    } else if (
      this.#receiver.receiving ||
      this.#receiver.complete ||
      this.#refill?.isUnderWay ||
      !this.#answers.answer(this.#hashes, bytes)
    ) {
      this.#counters.unexpected++;
    } else if (this.#answers.collected && this.#refill !== undefined) {
      this.#refill.isDue = true;
    }
  }

  #onHeartbeat(nowMs: number, reader: ByteReader): void {
    const pulse = this.#pulse;
    const sequence = pulse.take(nowMs, reader);
    if (sequence < 0) return;
    this.#port.onBoardSequence(sequence);
    if (pulse.question > 0 && this.#port.onQuestion?.(pulse.question) === true) pulse.defer();
  }

  /** The board has all pages: it said so, or it sends deltas of its own. */
  #endRefill(): void {
    this.#refill!.drop();
    this.#answers.stopCollecting();
    this.isRunning = true;
    this.#port.onRefilled();
  }

  #buildAck(builder: FrameBuilder): true {
    this.#receiver.fillAck(this.#ack);
    builder.begin(KIND_DELTA_ACK);
    this.#ack.write(builder);
    return true;
  }
}
