import { NO_ROOM, OK } from '../delta/codes.js';
import type { DeltaSink } from '../delta/delta-sink.js';
import { ACK_DONE, ACK_MISMATCH, ACK_NO_ROOM, ACK_PART } from '../wire/constants.js';
import type { DeltaAckMessage, DeltaFrame } from '../wire/delta-frame.js';
import type { LinkCounters } from './counters.js';
import { DELTA_NUMBERS_AHEAD } from './delta-sender.js';

/** Before the first delta of a session. */
const IDLE = 0;
const RECEIVING = 1;
/** Verified; its owner makes it durable. */
const COMPLETE = 2;
const DONE = 3;
const BROKEN = 4;
const ROOMLESS = 5;

/** What `onFrame` found. */
export const RECEIVER_NOTHING = 0;
export const RECEIVER_PROGRESS = 1;
/** The delta is whole and verified: apply it, then call `done`. */
export const RECEIVER_COMPLETE = 2;
/** The delta is whole but not what its check says, or cannot be decoded. It was dropped. */
export const RECEIVER_MISMATCH = 3;
/** No room for its pages. It was dropped. */
export const RECEIVER_NO_ROOM = 4;

const FREE = -1;

/**
 * Takes the frames of one delta at a time in any order and feeds them to the sink in theirs. Frames ahead of a missing one wait in
 * cells, at most `windowFrames`. Every frame is answered sooner or later: `ackPending` says when there is something to say.
 */
export class DeltaReceiver {
  ackPending = false;
  /** Of the delta received last, once it is complete. */
  sequence = 0;
  /** What may be granted now; its owner lowers it to 0 when the sink has no room. */
  credit: number;
  readonly #sink: DeltaSink;
  readonly #counters: LinkCounters;
  readonly #windowFrames: number;
  readonly #frameBytes: number;
  /** Made at the first frame out of order, unless asked for at once: a host has many boards, and most frames come in order. */
  #cells: Uint8Array | undefined;
  readonly #index: Int32Array;
  readonly #bytes: Uint16Array;
  #state = IDLE;
  #number = 255;
  #inOrder = 0;
  #lastIndex = FREE;
  #epoch = 0;
  #session = 0;

  constructor(sink: DeltaSink, windowFrames: number, frameBytes: number, counters: LinkCounters, isReady = true) {
    this.#sink = sink;
    this.#counters = counters;
    this.#windowFrames = windowFrames;
    this.#frameBytes = frameBytes;
    this.credit = windowFrames;
    if (isReady) this.#cells = new Uint8Array(windowFrames * frameBytes);
    this.#index = new Int32Array(windowFrames).fill(FREE);
    this.#bytes = new Uint16Array(windowFrames);
  }

  /** A new session: the next delta has number 0. The sink is the caller's. */
  reset(epoch: number, session: number): void {
    this.#epoch = epoch;
    this.#session = session;
    this.#state = IDLE;
    this.#number = 255;
    this.ackPending = false;
    this.credit = this.#windowFrames;
    this.#forgetFrames();
  }

  get receiving(): boolean {
    return this.#state === RECEIVING;
  }

  get complete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Takes a frame that was read whole. `baseSequence` is where a delta that begins now must start. */
  onFrame(bytes: Uint8Array, frame: DeltaFrame, baseSequence: number): number {
    const ahead = (frame.number - this.#number) & 0xff;
    if (ahead === 0 && this.#state !== IDLE) return this.#onCurrent(bytes, frame);
    if (ahead === 0 || ahead > DELTA_NUMBERS_AHEAD || this.#state === COMPLETE) {
      this.#counters.unexpected++;
      return RECEIVER_NOTHING;
    }
    this.#begin(frame.number, baseSequence);
    return this.#onCurrent(bytes, frame);
  }

  /** The sender asks what has come of its delta. */
  onAsk(number: number, baseSequence: number): void {
    const ahead = (number - this.#number) & 0xff;
    if (ahead > DELTA_NUMBERS_AHEAD || (ahead > 0 && this.#state === COMPLETE)) {
      this.#counters.unexpected++;
      return;
    }
    if (ahead > 0 || this.#state === IDLE) this.#begin(number, baseSequence);
    this.ackPending = true;
  }

  /** The complete delta is durable. */
  done(sequence: number): void {
    this.#state = DONE;
    this.sequence = sequence;
    this.ackPending = true;
  }

  /** The complete delta is not what its receiver waited for. */
  broken(): void {
    this.#fail(BROKEN, RECEIVER_MISMATCH);
    this.ackPending = true;
  }

  /** A frame of this number belongs to the delta received last. */
  isCurrent(number: number): boolean {
    return this.#state !== IDLE && this.#state !== RECEIVING && number === this.#number;
  }

  /** Credit after there was none. */
  grant(credit: number): void {
    this.credit = credit;
    if (this.#state !== IDLE) this.ackPending = true;
  }

  /** Writes what there is to say; the caller builds the frame around it. */
  fillAck(ack: DeltaAckMessage): void {
    this.ackPending = false;
    ack.number = this.#number;
    ack.credit = this.credit;
    ack.sequence = this.sequence;
    ack.framesInOrder = this.#inOrder;
    ack.bitmapBytes = 0;
    if (this.#state === DONE) ack.state = ACK_DONE;
    else if (this.#state === BROKEN) ack.state = ACK_MISMATCH;
    else if (this.#state === ROOMLESS) ack.state = ACK_NO_ROOM;
    else {
      ack.state = ACK_PART;
      this.#fillBitmap(ack);
    }
  }

  #begin(number: number, baseSequence: number): void {
    this.#number = number;
    this.#forgetFrames();
    this.#sink.begin(this.#epoch, this.#session, baseSequence, true);
    this.#state = RECEIVING;
  }

  #onCurrent(bytes: Uint8Array, frame: DeltaFrame): number {
    if (this.#state !== RECEIVING || frame.index < this.#inOrder) {
      this.#counters.duplicates++;
      this.ackPending = true;
      return RECEIVER_NOTHING;
    }
    const pastEnd = this.#lastIndex !== FREE && frame.index > this.#lastIndex;
    if (frame.chunkBytes > this.#frameBytes || pastEnd || frame.index > this.#inOrder + this.#windowFrames) {
      this.#counters.unexpected++;
      return RECEIVER_NOTHING;
    }
    this.ackPending = true;
    if (frame.last) this.#lastIndex = frame.index;
    if (frame.index > this.#inOrder) return this.#keep(bytes, frame);
    let result = this.#consume(bytes, frame.chunkAt, frame.chunkBytes);
    while (result === RECEIVER_PROGRESS) {
      const cell = this.#inOrder % this.#windowFrames;
      if (this.#index[cell] !== this.#inOrder) return result;
      this.#index[cell] = FREE;
      result = this.#consume(this.#cells!, cell * this.#frameBytes, this.#bytes[cell]!);
    }
    return result;
  }

  #keep(bytes: Uint8Array, frame: DeltaFrame): number {
    const cell = frame.index % this.#windowFrames;
    if (this.#index[cell] === frame.index) {
      this.#counters.duplicates++;
      return RECEIVER_NOTHING;
    }
    const to = cell * this.#frameBytes;
    this.#cells ??= new Uint8Array(this.#windowFrames * this.#frameBytes);
    for (let index = 0; index < frame.chunkBytes; index++) this.#cells[to + index] = bytes[frame.chunkAt + index]!;
    this.#index[cell] = frame.index;
    this.#bytes[cell] = frame.chunkBytes;
    return RECEIVER_PROGRESS;
  }

  #consume(bytes: Uint8Array, at: number, count: number): number {
    const last = this.#inOrder === this.#lastIndex;
    this.#inOrder++;
    let code = this.#sink.consume(bytes, at, count);
    if (code === OK && last) code = this.#sink.finish();
    if (code === NO_ROOM) return this.#fail(ROOMLESS, RECEIVER_NO_ROOM);
    if (code !== OK) return this.#fail(BROKEN, RECEIVER_MISMATCH);
    if (!last) return RECEIVER_PROGRESS;
    this.#state = COMPLETE;
    this.sequence = this.#sink.sequence;
    this.ackPending = false;
    return RECEIVER_COMPLETE;
  }

  #fail(state: number, result: number): number {
    this.#state = state;
    this.#forgetFrames();
    if (state === BROKEN) this.#counters.mismatches++;
    else this.#counters.noRoom++;
    return result;
  }

  #fillBitmap(ack: DeltaAckMessage): void {
    ack.bitmap.fill(0);
    for (let cell = 0; cell < this.#windowFrames; cell++) {
      const bit = this.#index[cell]! - this.#inOrder - 1;
      if (this.#index[cell] === FREE || bit < 0) continue;
      ack.bitmap[bit >>> 3]! |= 1 << (bit & 7);
      ack.bitmapBytes = Math.max(ack.bitmapBytes, (bit >>> 3) + 1);
    }
  }

  #forgetFrames(): void {
    this.#index.fill(FREE);
    this.#inOrder = 0;
    this.#lastIndex = FREE;
  }
}
