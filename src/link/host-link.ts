import type { PayloadDecoder } from '../codec/payload.js';
import { StoredEncoder } from '../codec/stored.js';
import { DeltaSink } from '../delta/delta-sink.js';
import { DeltaSource } from '../delta/delta-source.js';
import type { StagedTarget } from '../delta/staged-target.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import {
  FRAME_PAYLOAD_MAX,
  HEARTBEAT_ANSWER,
  HEARTBEAT_HOLD,
  HEARTBEAT_NONCE,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_ERROR,
  KIND_FROZEN,
  KIND_HASHES,
  KIND_HEARTBEAT,
  KIND_INPUT,
  KIND_OUTPUT,
  KIND_SCHEMA,
  KIND_SCHEMA_REQUEST,
} from '../wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { FreezeMessage } from '../wire/ownership-frames.js';
import { HashesFrame } from '../wire/resync-frames.js';
import { ErrorFrame, HeartbeatFrame, MessageFrame, SchemaFrame } from '../wire/small-frames.js';
import type { LinkCounters } from './counters.js';
import { DeltaReceiver, RECEIVER_COMPLETE, RECEIVER_MISMATCH, RECEIVER_NO_ROOM } from './delta-receiver.js';
import { DeltaSender, SENDER_DONE, SENDER_IGNORED, SENDER_PROGRESS } from './delta-sender.js';
import { FlowWindow } from './flow.js';
import { InputSender, type WaitingInput } from './input-sender.js';
import { OrderSender } from './order-sender.js';
import { PageAnswers } from './page-answers.js';
import { HOLD_MS_MAX } from './receive-pause.js';

/** Bytes on their way to a board at most, however well it goes. */
export const FLOW_BYTES_MAX = 16 * 1024;
export const SCHEMA_RETRY_MS = 1000;
const NO_OFFSET = -1;

/** The board runs from pages of its own. */
export const REFILL_NONE = 0;
export const REFILL_WHOLE = 1;
/** The board holds something and first asks which pages are right already. */
export const REFILL_DIFFERENCES = 2;

/** What a session needs of the host around it. Called inside `take` and `poll`. */
export interface HostPort {
  /** A delta is verified and staged in the target: make it durable, apply it, then call `durable`. */
  onVerified(sequence: number, digest: number): void;
  /** The board was refilled and runs. */
  onRefilled(): void;
  /** The pool had no page left for a delta; it was dropped. */
  onNoRoom(): void;
  /** The board's newest sequence, as far as it is known. */
  onBoardSequence(sequence: number): void;
  onOutput(sequence: number, index: number, bytes: Uint8Array, at: number, count: number): void;
  onSchema(totalBytes: number, offset: number, bytes: Uint8Array, at: number, count: number): void;
  onReport(code: number, bytes: Uint8Array, at: number, count: number): void;
  /** The board stands still at this commit, which was acknowledged. Absent: it is never asked to. */
  onFrozen?(sequence: number, digest: number): void;
  /** The first waiting input above `number`, or undefined. */
  inputAfter(number: number): WaitingInput | undefined;
}

export interface HostLinkOptions {
  /** The head's content; only `apply` of a durable delta changes it. */
  readonly memory: PageMemory;
  readonly target: StagedTarget;
  /** What the board's codecs need; with histories of their own, so new ones for every session. */
  readonly decoders: readonly PayloadDecoder[];
  readonly epoch: number;
  readonly session: number;
  readonly headSequence: number;
  /** Frames that this side keeps out of order: not more than the board's outbox has. */
  readonly windowFrames: number;
  readonly boardWindowFrames: number;
  readonly boardFifoBytes: number;
  readonly refill: number;
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
  readonly #memory: PageMemory;
  readonly #target: StagedTarget;
  readonly #sink: DeltaSink;
  readonly #receiver: DeltaReceiver;
  /** Only for a session that begins with a refill. */
  readonly #source: DeltaSource | undefined;
  readonly #sender: DeltaSender | undefined;
  readonly #answers: PageAnswers;
  readonly #inputs: InputSender;
  readonly #windowFrames: number;
  readonly #epoch: number;
  readonly #session: number;
  readonly #deltaFrame = new DeltaFrame();
  readonly #ack = new DeltaAckMessage();
  readonly #hashes = new HashesFrame();
  readonly #heartbeat = new HeartbeatFrame();
  readonly #schema = new SchemaFrame();
  readonly #message = new MessageFrame();
  readonly #error = new ErrorFrame();
  readonly #frozen = new FreezeMessage();
  #heartbeatPending = false;
  /** Of the question that the next heartbeat answers; 0: it had none. */
  #heartbeatNonce = 0;
  #probePending = false;
  /** It stands still. */
  #isStopped = false;
  /** The board is about to stall: until then nothing leaves but the answer that says so. 0: it takes frames. */
  #heldUntilMs = 0;
  #refillDue: boolean;
  #schemaOffset = NO_OFFSET;
  #schemaAskedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HostLinkOptions, port: HostPort, counters: LinkCounters) {
    this.#port = port;
    this.#counters = counters;
    this.#memory = options.memory;
    this.#target = options.target;
    this.#epoch = options.epoch;
    this.#session = options.session;
    this.#windowFrames = options.windowFrames;
    this.headSequence = options.headSequence;
    this.isRunning = options.refill === REFILL_NONE;
    this.#sink = new DeltaSink(options.target, options.decoders);
    this.#receiver = new DeltaReceiver(this.#sink, options.windowFrames, FRAME_PAYLOAD_MAX, counters, false);
    this.#receiver.reset(options.epoch, options.session);
    if (options.refill !== REFILL_NONE) {
      const frames = options.boardWindowFrames + 1;
      const flow = new FlowWindow(options.boardFifoBytes, Math.max(FLOW_BYTES_MAX, options.boardFifoBytes));
      this.#source = new DeltaSource(options.memory, [new StoredEncoder()]);
      this.#sender = new DeltaSender(this.#source, frames, FRAME_PAYLOAD_MAX, flow, counters);
      this.#sender.reset(frames);
    }
    this.#answers = new PageAnswers(options.memory, options.target, options.refill === REFILL_DIFFERENCES);
    this.#inputs = new InputSender(port, options.consumedInputs);
    this.#refillDue = options.refill === REFILL_WHOLE;
    if (this.#refillDue) this.#answers.markContent();
  }

  /** A delta is verified and not yet durable. */
  get settling(): boolean {
    return this.#receiver.complete;
  }

  /** Takes a frame that passed the gate; `reader` stands on its fields. */
  take(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array): void {
    this.#heldUntilMs = 0;
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
      case KIND_SCHEMA:
        this.#onSchema(reader, bytes);
        break;
      case KIND_OUTPUT:
        this.#onOutput(reader, bytes);
        break;
      case KIND_ERROR:
        if (!this.#error.read(reader)) this.#counters.badFields++;
        else this.#port.onReport(this.#error.code, bytes, this.#error.textAt, this.#error.textBytes);
        break;
      default:
        this.#counters.unexpected++;
    }
  }

  /** The verified delta is durable and applied. `consumedInputs` as the head says now. */
  durable(sequence: number, consumedInputs: number): void {
    this.headSequence = sequence;
    this.#receiver.done(sequence);
    this.#inputs.consumed(consumedInputs);
  }

  /** There is room in the pool again. */
  grantCredit(): void {
    this.#receiver.grant(this.#windowFrames);
  }

  /** Asks the board for a sign of life. */
  probe(): void {
    this.#probePending = true;
  }

  /** A new input waits. */
  wakeInputs(): void {
    this.#inputs.wake();
  }

  /** Asks for the schema from this offset on; -1: not any more. */
  wantSchema(offset: number): void {
    this.#schemaOffset = offset;
    this.#schemaAskedMs = Number.NEGATIVE_INFINITY;
  }

  /** The session is over. Staged pages of a torn delta stay in the target; the owner decides about them. */
  end(): void {
    this.#dropRefill();
    this.#target.suspend();
  }

  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (nowMs < this.#heldUntilMs) return this.#heartbeatPending && this.#buildHeartbeat(HEARTBEAT_HOLD, builder);
    if (this.#receiver.ackPending) return this.#buildAck(builder);
    if (this.#answers.pending) return this.#answers.build(builder, KIND_DIFFS);
    if (this.#heartbeatPending || this.#probePending) return this.#buildHeartbeat(this.#probePending ? HEARTBEAT_ANSWER : 0, builder);
    if (this.orders.poll(nowMs, builder)) return true;
    if (this.#refillDue) this.#startRefill(nowMs);
    if (this.#sender?.poll(nowMs, builder)) return true;
    if (this.#schemaOffset !== NO_OFFSET && nowMs >= this.#schemaAskedMs + SCHEMA_RETRY_MS) return this.#buildSchemaRequest(nowMs, builder);
    return this.#takesInputs && this.#inputs.poll(nowMs, builder, KIND_INPUT);
  }

  dueMs(nowMs: number): number {
    if (nowMs < this.#heldUntilMs) return this.#heartbeatPending ? nowMs : this.#heldUntilMs;
    if (this.#receiver.ackPending || this.#answers.pending || this.#heartbeatPending || this.#probePending || this.#refillDue) return nowMs;
    const schemaMs = this.#schemaOffset === NO_OFFSET ? Number.POSITIVE_INFINITY : this.#schemaAskedMs + SCHEMA_RETRY_MS;
    return Math.min(
      this.#sender?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY,
      schemaMs,
      this.orders.dueMs,
      this.#takesInputs ? this.#inputs.dueMs(nowMs) : Number.POSITIVE_INFINITY,
    );
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
    const result = this.#sender?.onAck(nowMs, this.#ack) ?? SENDER_IGNORED;
    if (result === SENDER_IGNORED || result === SENDER_PROGRESS) return;
    if (result === SENDER_DONE) {
      this.#endRefill();
      return;
    }
    // The board compares pages now and asks which differ.
    this.#dropRefill();
    this.#answers.collect();
  }

  #onHashes(reader: ByteReader, bytes: Uint8Array): void {
    if (!this.#hashes.read(reader)) {
      this.#counters.badFields++;
    } else if (this.#receiver.receiving || this.#receiver.complete || this.#source?.active || !this.#answers.answer(this.#hashes, bytes)) {
      this.#counters.unexpected++;
    } else if (this.#answers.collected) {
      this.#refillDue = true;
    }
  }

  #onHeartbeat(nowMs: number, reader: ByteReader): void {
    if (!this.#heartbeat.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    this.#counters.heartbeats++;
    this.#port.onBoardSequence(this.#heartbeat.sequence);
    if ((this.#heartbeat.flags & HEARTBEAT_HOLD) !== 0) this.#heldUntilMs = nowMs + HOLD_MS_MAX;
    if ((this.#heartbeat.flags & HEARTBEAT_ANSWER) === 0) return;
    this.#heartbeatPending = true;
    if (this.#heartbeat.nonce > 0) this.#heartbeatNonce = this.#heartbeat.nonce;
  }

  #onSchema(reader: ByteReader, bytes: Uint8Array): void {
    const schema = this.#schema;
    if (!schema.read(reader)) this.#counters.badFields++;
    else if (schema.offset !== this.#schemaOffset) this.#counters.staleAnswers++;
    else this.#port.onSchema(schema.totalBytes, schema.offset, bytes, schema.chunkAt, schema.chunkBytes);
  }

  #onOutput(reader: ByteReader, bytes: Uint8Array): void {
    const message = this.#message;
    if (!message.readOutput(reader)) this.#counters.badFields++;
    else this.#port.onOutput(message.number, message.index, bytes, message.bytesAt, message.byteCount);
  }

  #startRefill(nowMs: number): void {
    this.#refillDue = false;
    this.#counters.refills++;
    if (this.#memory.dirtyPageCount === 0) this.#memory.markPageDirty(0);
    this.#sender?.start(nowMs, this.#epoch, this.#session, 0, this.headSequence);
  }

  /** The board has all pages: it said so, or it sends deltas of its own. */
  #endRefill(): void {
    this.#dropRefill();
    this.#answers.stopCollecting();
    this.#refillDue = false;
    this.isRunning = true;
    this.#port.onRefilled();
  }

  /** The head's pages are not dirty but for a refill that is under way. */
  #dropRefill(): void {
    if (this.#source?.active) this.#source.bringBack();
    this.#answers.forgetMarks();
    this.#sender?.stop();
  }

  #buildAck(builder: FrameBuilder): true {
    this.#receiver.fillAck(this.#ack);
    builder.begin(KIND_DELTA_ACK);
    this.#ack.write(builder);
    return true;
  }

  #buildHeartbeat(flags: number, builder: FrameBuilder): true {
    builder.begin(KIND_HEARTBEAT);
    const nonce = this.#heartbeatNonce;
    builder.u8(nonce > 0 ? flags | HEARTBEAT_NONCE : flags);
    builder.varint(this.headSequence);
    if (nonce > 0) builder.u32(nonce);
    this.#heartbeatNonce = 0;
    this.#heartbeatPending = false;
    if ((flags & HEARTBEAT_ANSWER) !== 0) this.#probePending = false;
    return true;
  }

  #buildSchemaRequest(nowMs: number, builder: FrameBuilder): true {
    this.#schemaAskedMs = nowMs;
    builder.begin(KIND_SCHEMA_REQUEST);
    builder.varint(this.#schemaOffset);
    return true;
  }
}
