import type { ByteReader } from '../wire/byte-reader.js';
import { HEARTBEAT_ANSWER, HEARTBEAT_HOLD, HEARTBEAT_NONCE, KIND_HEARTBEAT } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { HeartbeatFrame } from '../wire/small-frames.js';
import type { LinkCounters } from './counters.js';
import { HOLD_MS_MAX } from './receive-pause.js';

/** Heartbeats on the host's side: answers, with the nonce of the question; questions; and holding while the board is about to stall. */
export class HostPulse {
  readonly #counters: LinkCounters;
  readonly #heartbeat = new HeartbeatFrame();
  #isAnswerDue = false;
  #isProbeDue = false;
  /** Of the question that the next heartbeat answers; 0: it had none. */
  #nonce = 0;
  /** Until then nothing leaves but the answer that says so. 0: the board takes frames. */
  #heldUntilMs = 0;

  constructor(counters: LinkCounters) {
    this.#counters = counters;
  }

  /** The board is to give a sign of life. */
  probe(): void {
    this.#isProbeDue = true;
  }

  /** A frame came: the board does not stall any more, unless it says so again. */
  heard(): void {
    this.#heldUntilMs = 0;
  }

  /** Takes a heartbeat. Returns the board's newest sequence; -1 if it is none. */
  take(nowMs: number, reader: ByteReader): number {
    const heartbeat = this.#heartbeat;
    if (!heartbeat.read(reader)) {
      this.#counters.badFields++;
      return -1;
    }
    this.#counters.heartbeats++;
    if ((heartbeat.flags & HEARTBEAT_HOLD) !== 0) this.#heldUntilMs = nowMs + HOLD_MS_MAX;
    if ((heartbeat.flags & HEARTBEAT_ANSWER) !== 0) {
      this.#isAnswerDue = true;
      if (heartbeat.nonce > 0) this.#nonce = heartbeat.nonce;
    }
    return heartbeat.sequence;
  }

  /** Nonce of the question that is to be answered; 0: none is. */
  get question(): number {
    return this.#isAnswerDue ? this.#nonce : 0;
  }

  /** The question is answered later, if at all. */
  defer(): void {
    this.#isAnswerDue = false;
    this.#nonce = 0;
  }

  answer(nonce: number): void {
    this.#isAnswerDue = true;
    this.#nonce = nonce;
  }

  /** Nothing else may leave. */
  isHolding(nowMs: number): boolean {
    return nowMs < this.#heldUntilMs;
  }

  get isDue(): boolean {
    return this.#isAnswerDue || this.#isProbeDue;
  }

  /** While it holds: when to poll next. */
  heldDueMs(nowMs: number): number {
    return this.#isAnswerDue ? nowMs : this.#heldUntilMs;
  }

  /** Builds what is due; `sequence` is the one that the board's line has come to here. */
  poll(nowMs: number, sequence: number, builder: FrameBuilder): boolean {
    if (this.isHolding(nowMs)) return this.#isAnswerDue && this.#build(HEARTBEAT_HOLD, sequence, builder);
    if (!this.isDue) return false;
    const flags = this.#isProbeDue ? HEARTBEAT_ANSWER : 0;
    this.#isProbeDue = false;
    return this.#build(flags, sequence, builder);
  }

  #build(flags: number, sequence: number, builder: FrameBuilder): true {
    const nonce = this.#nonce;
    this.#isAnswerDue = false;
    this.#nonce = 0;
    builder.begin(KIND_HEARTBEAT);
    builder.u8(nonce > 0 ? flags | HEARTBEAT_NONCE : flags);
    builder.varint(sequence);
    if (nonce > 0) builder.u32(nonce);
    return true;
  }
}
