import type { ByteReader } from '../wire/byte-reader.js';
import { HEARTBEAT_ANSWER, HEARTBEAT_HOLD, HEARTBEAT_NONCE, KIND_HEARTBEAT } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { HeartbeatFrame } from '../wire/small-frames.js';
import type { BoardLease } from './board-lease.js';
import type { BoardLine } from './board-line.js';
import type { LinkCounters } from './counters.js';
import type { Liveness } from './liveness.js';
import type { ReceivePause } from './receive-pause.js';

/** What heartbeats are for: signs of life, a pause of the host before the board stalls, and the owner's lease. */
export class BoardPulse {
  readonly #line: BoardLine;
  readonly #liveness: Liveness;
  readonly #pause: ReceivePause;
  readonly #lease: BoardLease;
  readonly #counters: LinkCounters;
  readonly #heartbeat = new HeartbeatFrame();
  #isOwner = false;

  constructor(line: BoardLine, liveness: Liveness, pause: ReceivePause, lease: BoardLease, counters: LinkCounters) {
    this.#line = line;
    this.#liveness = liveness;
    this.#pause = pause;
    this.#lease = lease;
    this.#counters = counters;
  }

  /** `isOwner`: a guest has nothing to lease. */
  begin(nowMs: number, isOwner: boolean): void {
    this.#isOwner = isOwner;
    this.#liveness.begin(nowMs);
  }

  end(): void {
    this.#pause.end();
  }

  heard(nowMs: number): void {
    this.#liveness.heard(nowMs);
  }

  isSilent(nowMs: number): boolean {
    return this.#liveness.isSilent(nowMs);
  }

  /** The host is, or was, asked to send nothing; the board says nothing else meanwhile. */
  get isPausing(): boolean {
    return this.#pause.active;
  }

  pause(nowMs: number): void {
    if (!this.#pause.active) this.#pause.begin(nowMs);
  }

  /** Nothing comes any more, or nobody answers. */
  isQuiet(nowMs: number): boolean {
    return this.#pause.active && this.#pause.isQuiet(nowMs);
  }

  /** When it is worth asking again whether nothing comes. */
  quietMs(nowMs: number): number {
    return this.#pause.active && !this.#pause.isQuiet(nowMs) ? this.#pause.dueMs(nowMs) : nowMs;
  }

  /** The board takes frames again, and says so. */
  resume(): void {
    if (!this.#pause.active) return;
    this.#pause.end();
    this.#liveness.answerPending = true;
  }

  take(reader: ByteReader): void {
    const heartbeat = this.#heartbeat;
    if (!heartbeat.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    if ((heartbeat.flags & HEARTBEAT_ANSWER) !== 0) this.#liveness.answerPending = true;
    if ((heartbeat.flags & HEARTBEAT_HOLD) !== 0) this.#pause.held();
    if ((heartbeat.flags & HEARTBEAT_NONCE) !== 0 && this.#isOwner) this.#lease.onAnswer(heartbeat.nonce);
  }

  /** While it pauses: asks the host to hold. Nothing that would be answered leaves besides. */
  pollPause(nowMs: number, builder: FrameBuilder): boolean {
    if (!this.#pause.isAskDue(nowMs)) return false;
    this.#pause.asked(nowMs);
    return this.#build(HEARTBEAT_ANSWER | HEARTBEAT_HOLD, builder);
  }

  /** Answers the host, or asks it for another lease. */
  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (this.#liveness.answerPending) return this.#build(0, builder);
    if (!this.#isOwner || !this.#lease.isAskDue(nowMs)) return false;
    this.#build(HEARTBEAT_ANSWER | HEARTBEAT_NONCE, builder);
    builder.u32(this.#lease.ask(nowMs));
    return true;
  }

  /** With nothing else to say: asks whether the host is there, if it was not heard for a while. */
  pollIdle(nowMs: number, builder: FrameBuilder): boolean {
    if (!this.#liveness.isAskDue(nowMs)) return false;
    this.#liveness.asked(nowMs);
    return this.#build(HEARTBEAT_ANSWER, builder);
  }

  dueMs(nowMs: number): number {
    if (this.#pause.active) return this.#pause.dueMs(nowMs);
    if (this.#liveness.answerPending) return nowMs;
    return this.#isOwner ? Math.min(this.#liveness.dueMs, this.#lease.dueMs) : this.#liveness.dueMs;
  }

  #build(flags: number, builder: FrameBuilder): true {
    this.#liveness.answerPending = false;
    this.#counters.heartbeats++;
    builder.begin(KIND_HEARTBEAT);
    builder.u8(flags);
    builder.varint(this.#line.sequence);
    return true;
  }
}
