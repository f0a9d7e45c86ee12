import type { DeltaSource } from '../delta/delta-source.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { DeltaAckMessage } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { BoardLine } from './board-line.js';
import type { LinkCounters } from './counters.js';
import { CREDIT_PROBE_MS, type DeltaSender, SENDER_DONE, SENDER_IGNORED, SENDER_MISMATCH, SENDER_NO_ROOM } from './delta-sender.js';
import type { PageCompare } from './page-compare.js';

/** So many captures lost in a row to a full copy pool, and turns wait until the delta is out. */
export const ABORTS_BEFORE_DELAY = 3;
/** So many mismatches in a row, and the session is given up. */
export const MISMATCHES_MAX = 3;
/** So many timeouts without any answer to a delta, and the session is given up. */
export const TIMEOUTS_MAX = 16;

/** What `onAck` asks its owner to do. */
export const UPLINK_NOTHING = 0;
/** The newest delta is durable. */
export const UPLINK_ACKNOWLEDGED = 1;
/** Compare all pages with the host. */
export const UPLINK_COMPARE = 2;
/** It does not get better: a new session. */
export const UPLINK_GIVE_UP = 3;

/** Commits on their way to the host: one delta in flight, the rest waits as dirty marks. */
export class BoardUplink {
  readonly sender: DeltaSender;
  readonly #memory: PageMemory;
  readonly #line: BoardLine;
  readonly #source: DeltaSource;
  readonly #compare: PageCompare;
  readonly #counters: LinkCounters;
  #abortRun = 0;
  #mismatchRun = 0;
  #creditMs = 0;
  #noRoomMs = 0;

  constructor(memory: PageMemory, line: BoardLine, source: DeltaSource, sender: DeltaSender, compare: PageCompare, counters: LinkCounters) {
    this.#memory = memory;
    this.#line = line;
    this.#source = source;
    this.sender = sender;
    this.#compare = compare;
    this.#counters = counters;
  }

  beginSession(nowMs: number, windowFrames: number): void {
    this.#source.forgetHistory();
    this.sender.reset(windowFrames);
    this.#abortRun = 0;
    this.#mismatchRun = 0;
    this.#creditMs = nowMs;
    this.#noRoomMs = 0;
  }

  /** A delta whose last frame has left stays in flight, undecided; anything else comes back. */
  endSession(): void {
    if (this.sender.active && !this.sender.undecided) this.#source.bringBack();
    this.sender.stop();
    this.#compare.cancel();
  }

  /** The memory is about to be refilled: nothing of it is undecided any more. */
  giveUp(): void {
    if (this.#source.active) this.#source.bringBack();
    this.sender.stop();
  }

  /** The host's head decides about the delta that was in flight when the last session ended. */
  decide(isHead: boolean): void {
    if (!this.#source.active) return;
    if (isHead) {
      this.#counters.deltasUndecidedKept++;
      this.#source.acknowledge();
    } else {
      this.#counters.deltasUndecidedBroughtBack++;
      this.#source.bringBack();
    }
  }

  /** Too many captures were lost, and the link is alive: turns wait until what is captured has been read. */
  delaysTurns(nowMs: number, linkSilentMs: number): boolean {
    return this.#abortRun >= ABORTS_BEFORE_DELAY && !this.sender.streamed && nowMs < this.#creditMs + linkSilentMs;
  }

  /** Nothing is dirty or in flight. */
  get isIdle(): boolean {
    return !this.#source.active && this.#memory.dirtyPageCount === 0;
  }

  get isStuck(): boolean {
    return this.sender.timeoutRun > TIMEOUTS_MAX;
  }

  poll(nowMs: number, session: number, builder: FrameBuilder): boolean {
    if (this.#source.aborted) this.#onAborted();
    if (this.isDue(nowMs)) this.sender.start(nowMs, this.#line.epoch, session, this.#line.acknowledgedSequence, this.#line.sequence);
    return this.sender.poll(nowMs, builder);
  }

  /** A delta is to be begun now. */
  isDue(nowMs: number): boolean {
    if (this.sender.active || this.#source.active || this.#compare.active) return false;
    if (this.#line.sequence <= this.#line.acknowledgedSequence || this.#memory.dirtyPageCount === 0) return false;
    return this.sender.credit > 0 || nowMs >= this.#noRoomMs + CREDIT_PROBE_MS;
  }

  /** A delta that waits for credit asks for it by and by. */
  dueMs(nowMs: number): number {
    if (this.isDue(nowMs)) return nowMs;
    const waits = !this.sender.active && this.sender.credit === 0 && this.#memory.dirtyPageCount > 0;
    return Math.min(this.sender.dueMs(nowMs), waits ? this.#noRoomMs + CREDIT_PROBE_MS : Number.POSITIVE_INFINITY);
  }

  onAck(nowMs: number, ack: DeltaAckMessage): number {
    const result = this.sender.onAck(nowMs, ack);
    if (result === SENDER_IGNORED) return UPLINK_NOTHING;
    if (this.sender.credit > 0) this.#creditMs = nowMs;
    if (result === SENDER_DONE) return this.#onDone();
    if (result === SENDER_MISMATCH) return this.#onMismatch();
    if (result === SENDER_NO_ROOM) this.#onNoRoom(nowMs);
    return UPLINK_NOTHING;
  }

  #onDone(): number {
    const sequence = this.#source.sequence;
    const digest = this.#source.digest;
    this.#source.acknowledge();
    this.#compare.settle();
    this.#line.acknowledge(sequence, digest);
    this.#abortRun = 0;
    this.#mismatchRun = 0;
    this.#counters.deltasDone++;
    return UPLINK_ACKNOWLEDGED;
  }

  /** The host dropped what it had of the delta, and with it what it had staged before. */
  #onMismatch(): number {
    this.#counters.mismatches++;
    this.#source.bringBack();
    this.#compare.cancel();
    return ++this.#mismatchRun <= MISMATCHES_MAX ? UPLINK_COMPARE : UPLINK_GIVE_UP;
  }

  #onNoRoom(nowMs: number): void {
    this.#counters.noRoom++;
    this.#noRoomMs = nowMs;
    this.#source.bringBack();
    this.#compare.cancel();
  }

  /** All marks came back; the next number tells the host to drop its part. */
  #onAborted(): void {
    this.#source.bringBack();
    this.sender.stop();
    this.#abortRun++;
    this.#counters.deltasAborted++;
  }
}
