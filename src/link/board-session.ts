import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import {
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_PREPARE,
  ACTION_REFILL,
  ACTION_RESYNC,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_HEARTBEAT,
  WELCOME_STAGED,
} from '../wire/constants.js';
import { DeltaAckMessage } from '../wire/delta-frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { DiffsMessage } from '../wire/resync-frames.js';
import type { WelcomeMessage } from '../wire/welcome.js';
import type { BoardLease } from './board-lease.js';
import type { BoardLine } from './board-line.js';
import type { BoardMail } from './board-mail.js';
import { type BoardListener, PHASE_GUEST, PHASE_LIVE, PHASE_OFFLINE, PHASE_REFILL, PHASE_RESYNC } from './board-options.js';
import { BoardOrders, isOrder, type OrderParts } from './board-orders.js';
import type { BoardOwnership } from './board-ownership.js';
import type { BoardPulse } from './board-pulse.js';
import { type BoardRefill, REFILL_COMPARE, REFILL_COMPLETE } from './board-refill.js';
import { type BoardUplink, UPLINK_ACKNOWLEDGED, UPLINK_COMPARE, UPLINK_GIVE_UP } from './board-uplink.js';
import type { LinkCounters } from './counters.js';
import type { IdleScrub } from './idle-scrub.js';
import { COMPARE_AGAIN, COMPARE_ALL, COMPARE_DIRTY, COMPARE_PARTIAL, COMPARE_SCRUB, type PageCompare } from './page-compare.js';

/** The parts that a session drives; they outlive it. */
export interface SessionParts extends OrderParts {
  readonly compare: PageCompare;
  readonly scrub: IdleScrub;
  readonly pulse: BoardPulse;
}

/** What a board does from a welcome to the end of that session. */
export class BoardSession {
  /** PHASE_RESYNC, PHASE_REFILL, PHASE_LIVE or PHASE_GUEST; PHASE_OFFLINE without a session. */
  phase = PHASE_OFFLINE;
  /** 0 while there is none. */
  number = 0;
  /** Comparing does not help: begin another session, after a while. */
  isGivenUp = false;
  /** The board is something else now than this session knows: it says hello at once. */
  isOver = false;
  readonly orders: BoardOrders;
  readonly linkSilentMs: number;
  readonly #listener: BoardListener;
  readonly #counters: LinkCounters;
  readonly #memory: PageMemory;
  readonly #line: BoardLine;
  readonly #uplink: BoardUplink;
  readonly #refill: BoardRefill;
  readonly #compare: PageCompare;
  readonly #scrub: IdleScrub;
  readonly #mail: BoardMail;
  readonly #pulse: BoardPulse;
  readonly #ownership: BoardOwnership;
  readonly #lease: BoardLease;
  readonly #ack = new DeltaAckMessage();
  readonly #diffs = new DiffsMessage();

  constructor(parts: SessionParts, linkSilentMs: number, listener: BoardListener, counters: LinkCounters) {
    this.#listener = listener;
    this.#counters = counters;
    this.linkSilentMs = linkSilentMs;
    this.#memory = parts.memory;
    this.#line = parts.line;
    this.#uplink = parts.uplink;
    this.#refill = parts.refill;
    this.#compare = parts.compare;
    this.#scrub = parts.scrub;
    this.#mail = parts.mail;
    this.#pulse = parts.pulse;
    this.#ownership = parts.ownership;
    this.#lease = parts.lease;
    this.orders = new BoardOrders(parts, listener, counters);
  }

  begin(nowMs: number, welcome: WelcomeMessage): void {
    this.number = welcome.session;
    this.isGivenUp = false;
    this.isOver = false;
    this.#uplink.beginSession(nowMs, welcome.windowFrames);
    this.#refill.beginSession(nowMs, welcome);
    this.#pulse.begin(nowMs, welcome.action !== ACTION_PREPARE);
    this.#scrub.beginSession(nowMs);
    this.#counters.sessions++;
    if (welcome.action === ACTION_PREPARE) {
      this.#beginGuest(welcome);
      return;
    }
    if (this.#line.mayShareNumbers(welcome.epoch)) this.#counters.outputsRefused += this.#mail.outputs.clear();
    const isThaw = this.#ownership.isFrozen && welcome.epoch > this.#line.epoch;
    this.#line.enter(welcome.epoch);
    if (welcome.action === ACTION_FRESH) this.#beginFresh();
    else if (welcome.action === ACTION_REFILL) this.#beginRefill();
    else this.#goOn(welcome);
    if (isThaw) this.orders.thaw();
  }

  end(): void {
    this.#uplink.endSession();
    if (this.phase === PHASE_REFILL || this.phase === PHASE_GUEST) this.#refill.suspend();
    this.#pulse.end();
    this.phase = PHASE_OFFLINE;
    this.number = 0;
    this.isGivenUp = false;
    this.isOver = false;
  }

  /** The board is about to stall: the host is asked to send nothing. */
  pauseReceiving(nowMs: number): void {
    if (this.number !== 0) this.#pulse.pause(nowMs);
  }

  /** Nothing comes any more, or nobody answers. */
  isReceivingPaused(nowMs: number): boolean {
    return this.number === 0 || this.#pulse.isQuiet(nowMs);
  }

  /** When it is worth asking again whether nothing comes. */
  receivingPausedMs(nowMs: number): number {
    return this.#pulse.quietMs(nowMs);
  }

  /** The board takes frames again, and says so. */
  resumeReceiving(): void {
    this.#pulse.resume();
  }

  /** The host is silent, or can be heard but answers nothing that is under way. */
  isHopeless(nowMs: number): boolean {
    const waits = this.phase === PHASE_REFILL || (this.phase === PHASE_GUEST && !this.#refill.isPrepared);
    const isRefillStuck = waits && nowMs >= this.#refill.progressMs + 2 * this.linkSilentMs;
    return isRefillStuck || this.#uplink.isStuck || this.#compare.isStuck || this.#pulse.isSilent(nowMs);
  }

  /** Puts the next frame that may leave now into `builder`, the most urgent first; false if there is none. */
  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (this.#pulse.isPausing) return this.#pulse.pollPause(nowMs, builder);
    this.#holdMail(nowMs);
    if (this.#buildAnswer(nowMs, builder)) return true;
    if (this.phase === PHASE_LIVE && this.#uplink.poll(nowMs, this.number, builder)) return true;
    return this.#buildIdle(nowMs, builder);
  }

  dueMs(nowMs: number): number {
    if (this.#pulse.isPausing) return this.#pulse.dueMs(nowMs);
    this.#holdMail(nowMs);
    if (this.isGivenUp || this.isOver || this.#isFrozenDue || this.#refill.ackPending || this.#mail.pending) return nowMs;
    const uplinkMs = this.phase === PHASE_LIVE ? this.#uplink.dueMs(nowMs) : Number.POSITIVE_INFINITY;
    return Math.min(this.#pulse.dueMs(nowMs), uplinkMs, this.#compare.dueMs(nowMs));
  }

  /** Takes a frame of this session; `reader` stands on its fields. */
  take(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array): void {
    this.#pulse.heard(nowMs);
    switch (kind) {
      case KIND_DELTA_ACK:
        this.#onAck(nowMs, reader);
        break;
      case KIND_DELTA_ONLY:
      case KIND_DELTA_FIRST:
      case KIND_DELTA_MIDDLE:
      case KIND_DELTA_LAST:
        this.#onDelta(nowMs, kind, reader, bytes);
        break;
      case KIND_DELTA_ASK:
        this.#refill.onAsk(reader, this.#isFilling);
        break;
      case KIND_DIFFS:
        this.#onDiffs(nowMs, reader);
        break;
      case KIND_HEARTBEAT:
        this.#pulse.take(reader);
        break;
      default:
        if (isOrder(kind)) this.isOver = this.orders.take(kind, reader) || this.isOver;
        else this.#mail.take(kind, reader, bytes, this.#mayRun(nowMs));
    }
  }

  /** Deltas come down. */
  get #isFilling(): boolean {
    return this.phase === PHASE_REFILL || this.phase === PHASE_GUEST;
  }

  get #isFrozenDue(): boolean {
    return this.phase === PHASE_LIVE && this.orders.isAnswerDue;
  }

  #mayRun(nowMs: number): boolean {
    return this.phase === PHASE_LIVE && this.#line.hasState && !this.#ownership.isFrozen && this.#lease.isHeld(nowMs);
  }

  #holdMail(nowMs: number): void {
    this.#mail.isHolding = this.#ownership.isFrozen || !this.#lease.isHeld(nowMs);
  }

  /** Pages of the same agent stay: hashes find what differs. */
  #beginGuest(welcome: WelcomeMessage): void {
    this.phase = PHASE_GUEST;
    this.#counters.prepares++;
    if (this.#ownership.beginGuest(welcome) && this.#line.isPartial) {
      this.#counters.refillsResumed++;
      this.#compare.start(COMPARE_PARTIAL);
    } else {
      this.#memory.reset();
      this.#line.isPartial = true;
    }
  }

  #beginFresh(): void {
    this.#memory.reset();
    this.#line.begin(this.#refill.headSequence, this.#memory.digest, this.#refill.usedSequence);
    this.phase = PHASE_LIVE;
    this.#listener.onFresh();
  }

  #beginRefill(): void {
    this.phase = PHASE_REFILL;
    this.#counters.refills++;
    if (this.#line.isPartial) {
      this.#counters.refillsResumed++;
      this.#compare.start(COMPARE_PARTIAL);
    } else {
      this.#memory.reset();
      this.#line.isPartial = true;
    }
  }

  #goOn(welcome: WelcomeMessage): void {
    const line = this.#line;
    const isHead = welcome.action === ACTION_CONTINUE_UNDECIDED;
    line.goOn();
    this.#uplink.decide(isHead);
    if (isHead) {
      line.acknowledge(welcome.headSequence, welcome.headDigest);
      this.#listener.onAcknowledged(welcome.headSequence);
    }
    if (welcome.action === ACTION_RESYNC) {
      line.goRound(welcome.headSequence, welcome.headDigest, welcome.usedSequence);
      this.#beginCompare(COMPARE_ALL, (welcome.flags & WELCOME_STAGED) !== 0);
    } else if ((welcome.flags & WELCOME_STAGED) !== 0) {
      this.#beginCompare(COMPARE_DIRTY, true);
    } else {
      this.phase = PHASE_LIVE;
    }
    this.#listener.onContinued();
  }

  #onAck(nowMs: number, reader: ByteReader): void {
    if (!this.#ack.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    const result = this.#uplink.onAck(nowMs, this.#ack);
    if (result === UPLINK_ACKNOWLEDGED) this.#listener.onAcknowledged(this.#line.acknowledgedSequence);
    else if (result === UPLINK_COMPARE) this.#beginCompare(COMPARE_AGAIN, false);
    else if (result === UPLINK_GIVE_UP) this.isGivenUp = true;
  }

  #beginCompare(mode: number, isStaged: boolean): void {
    this.#counters.resyncs++;
    this.phase = PHASE_RESYNC;
    this.#line.isComparing = mode !== COMPARE_DIRTY;
    this.#compare.start(mode, isStaged);
    if (!this.#compare.active) this.#endCompare();
  }

  /** The dirty marks say now what the host lacks. A line that moved on must say so even if all pages agree. */
  #endCompare(): void {
    this.phase = PHASE_LIVE;
    this.#counters.stagedPagesKept += this.#compare.trustedCount;
    const line = this.#line;
    line.isComparing = false;
    if (line.sequence <= line.acknowledgedSequence) line.sequence = line.acknowledgedSequence + 1;
    if (this.#memory.dirtyPageCount === 0) this.#memory.markRangeDirty(0, Math.min(4, this.#memory.sizeBytes));
  }

  #onDiffs(nowMs: number, reader: ByteReader): void {
    if (!this.#diffs.read(reader)) {
      this.#counters.badFields++;
      return;
    }
    const mode = this.#compare.mode;
    this.#refill.progressMs = nowMs;
    if (!this.#compare.onDiffs(this.#diffs)) {
      this.#counters.staleAnswers++;
    } else if (mode === COMPARE_SCRUB) {
      this.#counters.scrubDifferences += this.#compare.differences;
      if (this.#compare.differences > 0) this.#line.commit();
    } else if (!this.#compare.active && this.phase === PHASE_RESYNC) {
      this.#endCompare();
    }
  }

  #onDelta(nowMs: number, kind: number, reader: ByteReader, bytes: Uint8Array): void {
    const refill = this.#refill;
    const result = refill.onDelta(nowMs, kind, reader, bytes, this.#isFilling);
    if (result === REFILL_COMPARE) {
      this.#compare.start(COMPARE_PARTIAL);
    } else if (result === REFILL_COMPLETE && this.phase === PHASE_GUEST) {
      // A range whose answer got lost needs none any more.
      this.#compare.cancel();
      this.#listener.onPrepared?.(refill.headSequence);
    } else if (result === REFILL_COMPLETE) {
      this.#line.begin(refill.headSequence, refill.headDigest, refill.usedSequence);
      this.phase = PHASE_LIVE;
      this.#listener.onRefilled();
    }
  }

  #buildAnswer(nowMs: number, builder: FrameBuilder): boolean {
    if (this.#refill.ackPending) this.#refill.buildAck(builder);
    else if (this.#pulse.poll(nowMs, builder)) return true;
    else if (this.#isFrozenDue) this.orders.buildAnswer(builder);
    else if (this.#compare.isDue(nowMs)) this.#compare.build(nowMs, builder);
    else if (this.#mail.pending) this.#mail.build(builder);
    else return false;
    return true;
  }

  /** Nothing to say: look after the pages, and ask whether the host is there. */
  #buildIdle(nowMs: number, builder: FrameBuilder): boolean {
    // A scrub may make a commit, and the host counts on the one that a frozen board stopped at.
    if (this.phase === PHASE_LIVE && this.#uplink.isIdle && !this.#ownership.isFrozen) {
      this.#scrub.run(nowMs);
      this.#line.commit();
    }
    if (this.#compare.isDue(nowMs)) {
      this.#compare.build(nowMs, builder);
      return true;
    }
    return this.#pulse.pollIdle(nowMs, builder);
  }
}
