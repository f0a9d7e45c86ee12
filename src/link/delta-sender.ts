import type { DeltaSource } from '../delta/delta-source.js';
import {
  ACK_DONE,
  ACK_MISMATCH,
  ACK_NO_ROOM,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
} from '../wire/constants.js';
import type { DeltaAckMessage } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { LinkCounters } from './counters.js';
import { type FlowWindow, FRAME_OVERHEAD_BYTES } from './flow.js';
import { RttEstimator } from './rtt.js';

/** What `onAck` found. */
export const SENDER_IGNORED = 0;
export const SENDER_PROGRESS = 1;
export const SENDER_DONE = 2;
export const SENDER_MISMATCH = 3;
export const SENDER_NO_ROOM = 4;

/** How long a sender without credit waits before it tries one frame: a grant of credit may have been lost. */
export const CREDIT_PROBE_MS = 1000;
/** A sender is never further ahead of the newest delta that was answered; a receiver takes nothing that is. */
export const DELTA_NUMBERS_AHEAD = 8;

/** A frame of so many bytes is sent again rather than asked about. */
export const RESEND_BYTES_MAX = 128;

const FREE = -1;
const NO_SAMPLE_MS = -1;
/** Where the frame of a cell is: on its way, lost, or received (only the last frame is kept then, to ask for its answer again). */
const ON_ITS_WAY = 0;
const LOST = 1;
const RECEIVED = 2;

/**
 * Sends one delta at a time in frames, at most `windowFrames` unacknowledged. The outbox keeps every frame until it is acknowledged;
 * what the receiver names as missing is sent again, nothing else. The same code goes up (deltas) and down (refills).
 */
export class DeltaSender {
  /** A delta is being sent or waits for its answer. */
  active = false;
  number = 255;
  sequence = 0;
  /** Timeouts since the last acknowledgement that meant anything. */
  timeoutRun = 0;
  readonly rtt = new RttEstimator();
  readonly flow: FlowWindow;
  /** Frames beyond the ones in order that the receiver has room for. */
  credit = 0;
  readonly #source: DeltaSource;
  readonly #counters: LinkCounters;
  readonly #windowFrames: number;
  readonly #frameBytes: number;
  readonly #cells: Uint8Array;
  /** Per cell: index of the frame in it or FREE, its bytes, sendings so far, order and time of the last one, where it is. */
  readonly #index: Int32Array;
  readonly #bytes: Uint16Array;
  readonly #sendings: Uint16Array;
  readonly #order: Uint32Array;
  readonly #sentMs: Float64Array;
  readonly #place: Uint8Array;
  #inOrder = 0;
  #produced = 0;
  #lastIndex = FREE;
  #lastLeft = false;
  #answered = 255;
  #sendOrder = 0;
  #askOrder = 0;
  #askDue = false;
  #hasAsked = false;
  #newestAcked = 0;
  #timerMs = 0;
  #shrunkMs = 0;
  #sampleMs = NO_SAMPLE_MS;

  constructor(source: DeltaSource, windowFrames: number, frameBytes: number, flow: FlowWindow, counters: LinkCounters) {
    this.#source = source;
    this.#counters = counters;
    this.#windowFrames = windowFrames;
    this.#frameBytes = frameBytes;
    this.flow = flow;
    this.#cells = new Uint8Array(windowFrames * frameBytes);
    this.#index = new Int32Array(windowFrames).fill(FREE);
    this.#bytes = new Uint16Array(windowFrames);
    this.#sendings = new Uint16Array(windowFrames);
    this.#order = new Uint32Array(windowFrames);
    this.#sentMs = new Float64Array(windowFrames);
    this.#place = new Uint8Array(windowFrames);
  }

  /** A new session: numbers start at 0, the receiver has room for `credit` frames. A delta in the outbox is forgotten. */
  reset(credit: number): void {
    this.#clear();
    this.number = 255;
    this.#answered = 255;
    this.timeoutRun = 0;
    this.credit = credit;
    this.flow.reset();
  }

  /** Captures what is dirty and starts to send it. False if there is nothing to capture. */
  start(nowMs: number, epoch: number, session: number, baseSequence: number, sequence: number): boolean {
    if (((this.number - this.#answered) & 0xff) >= DELTA_NUMBERS_AHEAD) return this.#giveUp();
    if (!this.#source.begin(epoch, session, baseSequence, sequence)) return false;
    this.#clear();
    this.active = true;
    this.number = (this.number + 1) & 0xff;
    this.sequence = sequence;
    this.#timerMs = nowMs;
    if (this.credit === 0) this.credit = 1;
    this.#counters.deltasBegun++;
    return true;
  }

  /** So many deltas were aborted without one answer: the receiver would not know the next number. */
  #giveUp(): false {
    this.timeoutRun = Number.MAX_SAFE_INTEGER;
    return false;
  }

  /** The last frame has left: from here only the receiver knows whether the delta counts. */
  get undecided(): boolean {
    return this.active && this.#lastLeft;
  }

  /** Every frame was made: the memory is not needed any more. */
  get streamed(): boolean {
    return this.active && this.#lastIndex !== FREE;
  }

  /** Forgets the delta in the outbox; the source is the caller's. */
  stop(): void {
    this.#clear();
  }

  /** Puts the next frame that may leave now into `builder`; false if there is none. */
  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (!this.active) return false;
    this.#checkTimer(nowMs);
    if (this.#askDue) return this.#ask(builder);
    this.#findLost(nowMs);
    const lost = this.#nextLost();
    if (lost !== FREE) return this.#send(nowMs, lost, builder);
    const cell = this.#produce(nowMs);
    return cell !== FREE && this.#send(nowMs, cell, builder);
  }

  /** When `poll` has something to do without an acknowledgement. */
  dueMs(nowMs: number): number {
    if (!this.active) return Number.POSITIVE_INFINITY;
    if (this.#askDue || this.#nextLost() !== FREE || this.#mayProduce(nowMs)) return nowMs;
    if (!this.#awaits()) return this.#timerMs + CREDIT_PROBE_MS;
    let dueMs = this.#timerMs + this.rtt.rtoMs;
    for (let cell = 0; cell < this.#windowFrames; cell++) {
      if (this.#isOvertaken(cell)) dueMs = Math.min(dueMs, this.#sentMs[cell]! + this.rtt.reorderMs);
    }
    return dueMs;
  }

  /** Takes an acknowledgement that was read whole. */
  onAck(nowMs: number, ack: DeltaAckMessage): number {
    if (ack.number !== this.number || (!this.active && ack.state !== ACK_NO_ROOM && ack.state !== ACK_DONE)) {
      this.#counters.staleAcks++;
      return SENDER_IGNORED;
    }
    this.timeoutRun = 0;
    this.#answered = this.number;
    if (!this.active) {
      this.credit = ack.credit;
      return SENDER_PROGRESS;
    }
    if (ack.state === ACK_DONE) return this.#onDone(nowMs, ack);
    if (ack.state === ACK_MISMATCH) return this.#end(ack, SENDER_MISMATCH);
    if (ack.state === ACK_NO_ROOM) return this.#end(ack, SENDER_NO_ROOM);
    return this.#onPart(nowMs, ack);
  }

  #onDone(nowMs: number, ack: DeltaAckMessage): number {
    if (!this.#lastLeft || ack.sequence !== this.sequence) return this.#refuse();
    this.#acknowledgeUpTo(this.#produced);
    this.#sample(nowMs);
    this.rtt.relax();
    return this.#end(ack, SENDER_DONE);
  }

  #onPart(nowMs: number, ack: DeltaAckMessage): number {
    if (!this.#isPossible(ack)) return this.#refuse();
    if (ack.framesInOrder < this.#inOrder) {
      this.#counters.staleAcks++;
      return SENDER_IGNORED;
    }
    this.credit = ack.credit;
    const before = this.flow.outstandingBytes;
    this.#hasAsked = false;
    if (this.#askOrder > this.#newestAcked) this.#newestAcked = this.#askOrder;
    this.#acknowledgeUpTo(ack.framesInOrder);
    for (let bit = 0; bit < ack.bitmapBytes * 8; bit++) {
      if ((ack.bitmap[bit >>> 3]! & (1 << (bit & 7))) !== 0) this.#acknowledge(ack.framesInOrder + 1 + bit);
    }
    this.#sample(nowMs);
    this.#findLost(nowMs);
    if (this.flow.outstandingBytes < before) this.#timerMs = nowMs;
    return SENDER_PROGRESS;
  }

  /** An acknowledgement cannot name what was never sent. */
  #isPossible(ack: DeltaAckMessage): boolean {
    if (ack.framesInOrder > this.#produced) return false;
    for (let bit = 0; bit < ack.bitmapBytes * 8; bit++) {
      if ((ack.bitmap[bit >>> 3]! & (1 << (bit & 7))) !== 0 && ack.framesInOrder + 1 + bit >= this.#produced) return false;
    }
    return true;
  }

  #refuse(): number {
    this.#counters.badFields++;
    return SENDER_IGNORED;
  }

  #end(ack: DeltaAckMessage, result: number): number {
    this.#clear();
    this.credit = ack.credit;
    return result;
  }

  #acknowledgeUpTo(framesInOrder: number): void {
    while (this.#inOrder < framesInOrder) {
      this.#acknowledge(this.#inOrder);
      this.#inOrder++;
    }
  }

  /** Of the frames that an acknowledgement names, the one sent last has caused it, unless it was sent twice (Karn). */
  #sample(nowMs: number): void {
    if (this.#sampleMs !== NO_SAMPLE_MS) this.rtt.sample(nowMs - this.#sampleMs);
    this.#sampleMs = NO_SAMPLE_MS;
  }

  #acknowledge(index: number): void {
    const cell = index % this.#windowFrames;
    if (this.#index[cell] !== index || this.#place[cell] === RECEIVED) return;
    if (this.#place[cell] === ON_ITS_WAY) this.flow.acknowledged(this.#bytes[cell]! + FRAME_OVERHEAD_BYTES);
    this.#place[cell] = RECEIVED;
    if (index !== this.#lastIndex) this.#index[cell] = FREE;
    this.rtt.relax();
    if (this.#order[cell]! <= this.#newestAcked) return;
    this.#newestAcked = this.#order[cell]!;
    this.#sampleMs = this.#sendings[cell] === 1 ? this.#sentMs[cell]! : NO_SAMPLE_MS;
  }

  /** Frames sent before one that has arrived, longer ago than reordering explains. */
  #findLost(nowMs: number): void {
    for (let cell = 0; cell < this.#windowFrames; cell++) {
      if (!this.#isOvertaken(cell) || nowMs < this.#sentMs[cell]! + this.rtt.reorderMs) continue;
      this.#markLost(nowMs, cell);
      this.#counters.fastResends++;
    }
  }

  #isOvertaken(cell: number): boolean {
    return this.#index[cell] !== FREE && this.#place[cell] === ON_ITS_WAY && this.#order[cell]! < this.#newestAcked;
  }

  #markLost(nowMs: number, cell: number): void {
    this.#place[cell] = LOST;
    this.flow.lost(this.#bytes[cell]! + FRAME_OVERHEAD_BYTES);
    if (nowMs - this.#shrunkMs < this.rtt.smoothedMs) return;
    this.#shrunkMs = nowMs;
    this.flow.shrink();
  }

  /**
   * Silence: a small frame is sent again, and its answer tells about the others; for a large one the receiver is asked first, because
   * its answer may be all that was lost. If all were received, the last one asks for the end.
   */
  #checkTimer(nowMs: number): void {
    if (!this.#awaits() || nowMs < this.#timerMs + this.rtt.rtoMs) return;
    const oldest = Math.min(this.#inOrder, this.#produced - 1) % this.#windowFrames;
    this.#counters.timeouts++;
    this.timeoutRun++;
    this.rtt.backOff();
    this.#timerMs = nowMs;
    const large = this.#bytes[oldest]! > RESEND_BYTES_MAX;
    if (large && !this.#hasAsked) this.#askDue = true;
    else if (this.#place[oldest] === ON_ITS_WAY) this.#markLost(nowMs, oldest);
    else this.#place[oldest] = LOST;
  }

  /** The answer names what has come; what was sent before the question and is not named was lost. */
  #ask(builder: FrameBuilder): true {
    this.#askDue = false;
    this.#hasAsked = true;
    this.#askOrder = ++this.#sendOrder;
    builder.begin(KIND_DELTA_ASK);
    builder.u8(this.number);
    return true;
  }

  /** An answer is to come. */
  #awaits(): boolean {
    return this.#inOrder < this.#produced || this.#lastLeft;
  }

  #nextLost(): number {
    let found = FREE;
    for (let cell = 0; cell < this.#windowFrames; cell++) {
      if (this.#place[cell] !== LOST || this.#index[cell] === FREE) continue;
      if (found === FREE || this.#index[cell]! < this.#index[found]!) found = cell;
    }
    return found;
  }

  #mayProduce(nowMs: number): boolean {
    if (this.#lastIndex !== FREE || this.#source.aborted) return false;
    const ahead = this.#produced - this.#inOrder;
    if (ahead >= this.#windowFrames || this.#index[this.#produced % this.#windowFrames] !== FREE) return false;
    if (ahead >= this.credit && !(ahead === 0 && nowMs >= this.#timerMs + CREDIT_PROBE_MS)) return false;
    return this.flow.admits(this.flow.chunkBytes(this.#frameBytes) + FRAME_OVERHEAD_BYTES);
  }

  #produce(nowMs: number): number {
    if (!this.#mayProduce(nowMs)) return FREE;
    const cell = this.#produced % this.#windowFrames;
    const bytes = this.#source.produce(this.#cells, cell * this.#frameBytes, this.flow.chunkBytes(this.#frameBytes));
    if (bytes === 0) return FREE;
    this.#index[cell] = this.#produced;
    this.#bytes[cell] = bytes;
    this.#sendings[cell] = 0;
    this.#place[cell] = ON_ITS_WAY;
    if (this.#source.finished) this.#lastIndex = this.#produced;
    if (!this.#awaits()) this.#timerMs = nowMs;
    this.#produced++;
    return cell;
  }

  #send(nowMs: number, cell: number, builder: FrameBuilder): boolean {
    const index = this.#index[cell]!;
    const last = index === this.#lastIndex;
    if (index === 0) builder.begin(last ? KIND_DELTA_ONLY : KIND_DELTA_FIRST);
    else builder.begin(last ? KIND_DELTA_LAST : KIND_DELTA_MIDDLE);
    builder.u8(this.number);
    if (index > 0) builder.varint(index);
    builder.copyFrom(this.#cells, cell * this.#frameBytes, this.#bytes[cell]!);
    this.#place[cell] = ON_ITS_WAY;
    this.#sendings[cell]!++;
    this.#sentMs[cell] = nowMs;
    this.#order[cell] = ++this.#sendOrder;
    this.flow.sent(this.#bytes[cell]! + FRAME_OVERHEAD_BYTES);
    if (last) this.#lastLeft = true;
    return true;
  }

  #clear(): void {
    this.active = false;
    this.#index.fill(FREE);
    this.#place.fill(ON_ITS_WAY);
    this.#inOrder = 0;
    this.#produced = 0;
    this.#lastIndex = FREE;
    this.#lastLeft = false;
    this.#sendOrder = 0;
    this.#askOrder = 0;
    this.#askDue = false;
    this.#hasAsked = false;
    this.#newestAcked = 0;
    this.flow.outstandingBytes = 0;
  }
}
