import { AdaptiveEncoder } from '../codec/adaptive-encoder.js';
import { StoredDecoder, StoredEncoder } from '../codec/stored.js';
import { DeltaSink } from '../delta/delta-sink.js';
import { DeltaSource } from '../delta/delta-source.js';
import { InPlaceTarget } from '../delta/in-place-target.js';
import type { PageMemory } from '../memory/page-memory.js';
import {
  ACTION_CONTINUE,
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_REFILL,
  ACTION_RESYNC,
  DIRECTION_DOWN,
  DIRECTION_UP,
  ERROR_TEXT_BYTES_MAX,
  FRAME_PAYLOAD_MAX,
  HEARTBEAT_ANSWER,
  HELLO_DIVERGED,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_ERROR,
  KIND_HEARTBEAT,
  KIND_HELLO,
  KIND_INPUT,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_SCHEMA_REQUEST,
  KIND_WELCOME,
  REFUSED_FENCED,
  WELCOME_STAGED,
} from '../wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../wire/delta-frame.js';
import { frameSeed } from '../wire/frame.js';
import { FrameBuilder } from '../wire/frame-builder.js';
import type { HelloMessage } from '../wire/hello.js';
import { DiffsMessage } from '../wire/resync-frames.js';
import { ErrorFrame, HeartbeatFrame, MessageFrame, SchemaFrame } from '../wire/small-frames.js';
import { RefusedMessage, WelcomeMessage } from '../wire/welcome.js';
import {
  checkInteger,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_FRAMES,
  FRAME_CHUNK_BYTES_MIN,
  helloOf,
  identityFlags,
} from './board-identity.js';
import {
  type BoardLinkOptions,
  type BoardListener,
  PHASE_HELLO,
  PHASE_LIVE,
  PHASE_OFFLINE,
  PHASE_REFILL,
  PHASE_REFUSED,
  PHASE_RESYNC,
} from './board-options.js';
import { createLinkCounters, type LinkCounters } from './counters.js';
import { DeltaReceiver, RECEIVER_COMPLETE, RECEIVER_MISMATCH, RECEIVER_NOTHING } from './delta-receiver.js';
import { CREDIT_PROBE_MS, DeltaSender, SENDER_DONE, SENDER_IGNORED, SENDER_MISMATCH, SENDER_NO_ROOM } from './delta-sender.js';
import { FlowWindow } from './flow.js';
import { FrameGate, GATE_REFUSED } from './frame-gate.js';
import { HelloSeries } from './hello-series.js';
import { Liveness } from './liveness.js';
import { OutputQueue } from './output-queue.js';
import { COMPARE_ALL, COMPARE_DIRTY, COMPARE_PARTIAL, COMPARE_SCRUB, PageCompare } from './page-compare.js';
import { SchemaUpload } from './schema-upload.js';

export const DEFAULT_HEARTBEAT_MS = 1000;
export const DEFAULT_LINK_SILENT_MS = 5000;
export const DEFAULT_HELLO_MIN_MS = 250;
export const DEFAULT_HELLO_MAX_MS = 8000;
export const DEFAULT_OUTPUT_CELLS = 4;
/** So many captures lost in a row to a full copy pool, and turns wait until the delta is out. */
export const ABORTS_BEFORE_DELAY = 3;
/** So many mismatches in a row, and the session is given up. */
export const MISMATCHES_MAX = 3;
/** Between two pages rehashed in idle time, and between two ranges compared with the host. */
export const SCRUB_LOCAL_MS = 250;
export const SCRUB_COMPARE_MS = 30_000;
/**
 * A line that begins after a loss of RAM goes on above the next multiple: more than any board can have committed that nobody heard of.
 * 2^53 / 2^32 leaves an agent two million losses of RAM.
 */
export const SEQUENCE_STRIDE = 2 ** 32;
/** So many timeouts without any answer to a delta, and the session is given up. */
export const TIMEOUTS_MAX = 16;
/** A host that still answers late finds the board asking again no sooner. */
const NO_WAIT_MS = Number.POSITIVE_INFINITY;

/**
 * A board's end of the link. It owns no timer and no port: the transport passes frames and time in, and takes frames out.
 *
 *     link.connected(nowMs) ... link.receive(nowMs, bytes, at, count) ... while ((n = link.poll(nowMs)) > 0) send(link.frame, n)
 *
 * `poll` and `receive` are called between turns only: what is dirty then was committed.
 */
export class BoardLink {
  /** The frame that `poll` made, without COBS. */
  readonly frame: Uint8Array;
  readonly counters: LinkCounters = createLinkCounters();
  phase = PHASE_OFFLINE;
  /** 0 while there is none. */
  session = 0;
  epoch = 0;
  /** The newest commit. */
  sequence = 0;
  /** The newest commit that the host is known to hold durably, and the digest of the state then. */
  acknowledgedSequence = 0;
  acknowledgedDigest = 0;
  /** The memory holds the agent's state: it may run. */
  hasState = false;
  /** Another board owns the agent now, or this board's pages are of an older epoch: it never goes on by itself. */
  isFenced = false;

  readonly #memory: PageMemory;
  readonly #listener: BoardListener;
  readonly #source: DeltaSource;
  readonly #sink: DeltaSink;
  readonly #sender: DeltaSender;
  readonly #receiver: DeltaReceiver;
  readonly #compare: PageCompare;
  readonly #series: HelloSeries;
  readonly #liveness: Liveness;
  readonly #outputs: OutputQueue;
  readonly #schema: SchemaUpload;
  readonly #gate: FrameGate;
  readonly #builder = new FrameBuilder();
  readonly #hello: HelloMessage;
  readonly #identityFlags: number;
  readonly #linkSilentMs: number;
  readonly #helloMinMs: number;
  readonly #zeroSeed = frameSeed(DIRECTION_UP, 0);
  #seed = 0;

  readonly #welcome = new WelcomeMessage();
  readonly #refused = new RefusedMessage();
  readonly #deltaFrame = new DeltaFrame();
  readonly #ack = new DeltaAckMessage();
  readonly #diffs = new DiffsMessage();
  readonly #heartbeat = new HeartbeatFrame();
  readonly #schemaFrame = new SchemaFrame();
  readonly #message = new MessageFrame();
  readonly #error = new ErrorFrame();
  readonly #reportText = new Uint8Array(ERROR_TEXT_BYTES_MAX);
  #reportCode = 0;
  #reportBytes = 0;

  /** The memory holds part of a state: worth a comparison before a refill. */
  #isPartial = false;
  /** It went on from its own checkpoint while the host was away. */
  #isAlone = false;
  /** A turn threw: what the memory holds must not be committed. */
  #reloadWanted = false;
  #abortRun = 0;
  #mismatchRun = 0;
  #creditMs = 0;
  #noRoomMs = 0;
  #headSequence = 0;
  #headDigest = 0;
  #usedSequence = 0;
  #isNewEpoch = false;
  #progressMs = 0;
  #scrubbedMs = 0;
  #comparedMs = 0;

  constructor(options: BoardLinkOptions, listener: BoardListener) {
    const frameBytes = checkInteger('frameBytes', options.frameBytes ?? DEFAULT_FRAME_BYTES, FRAME_CHUNK_BYTES_MIN, FRAME_PAYLOAD_MAX);
    const windowFrames = options.windowFrames ?? DEFAULT_WINDOW_FRAMES;
    const helloMaxMs = options.helloMaxMs ?? DEFAULT_HELLO_MAX_MS;
    const memory = options.memory;
    const counters = this.counters;
    this.#hello = helloOf(options);
    this.#identityFlags = identityFlags(options);
    this.#memory = memory;
    this.#listener = listener;
    this.#linkSilentMs = options.linkSilentMs ?? DEFAULT_LINK_SILENT_MS;
    this.#helloMinMs = options.helloMinMs ?? DEFAULT_HELLO_MIN_MS;
    const compress = options.compress ?? options.source === undefined;
    this.#hello.codecs = compress ? 3 : 1;
    this.#source = options.source ?? new DeltaSource(memory, [compress ? new AdaptiveEncoder() : new StoredEncoder()]);
    this.#sink = new DeltaSink(new InPlaceTarget(memory), [new StoredDecoder()]);
    const flow = new FlowWindow(windowFrames * FRAME_PAYLOAD_MAX * 2, windowFrames * FRAME_PAYLOAD_MAX * 2);
    this.#sender = new DeltaSender(this.#source, windowFrames, frameBytes, flow, counters);
    this.#receiver = new DeltaReceiver(this.#sink, windowFrames, FRAME_PAYLOAD_MAX, counters);
    this.#compare = new PageCompare(memory, this.#sender.rtt);
    this.#series = new HelloSeries(options.bootNonce, this.#helloMinMs, helloMaxMs);
    this.#liveness = new Liveness(options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS, this.#linkSilentMs);
    this.#outputs = new OutputQueue(options.outputCells ?? DEFAULT_OUTPUT_CELLS);
    this.#schema = new SchemaUpload(options.schemaBytes);
    this.#gate = new FrameGate(DIRECTION_DOWN, counters);
    this.frame = this.#builder.bytes;
    this.acknowledgedDigest = memory.digest;
  }

  /** The transport carries frames from now on: a new session is asked for. */
  connected(nowMs: number): void {
    if (this.phase !== PHASE_OFFLINE) this.disconnected(nowMs);
    this.#sender.rtt.reset();
    this.#sayHello(nowMs);
  }

  /** The transport is gone. The agent may go on; nothing is lost. */
  disconnected(_nowMs: number): void {
    this.#endSession();
    this.#series.end();
    this.phase = PHASE_OFFLINE;
  }

  /**
   * The memory was loaded from the board's own checkpoint (or initialised), because the host is away and the agent does not wait.
   * `sequence` is the newest that the checkpoint knows of, the others its common point with the host; all 0 without any. The board may
   * have used more since: it goes on above all that it can have used.
   */
  startAlone(epoch: number, sequence: number, acknowledgedSequence: number, acknowledgedDigest: number): void {
    this.epoch = epoch;
    this.sequence = strideAbove(Math.max(this.sequence, sequence));
    this.acknowledgedSequence = acknowledgedSequence;
    this.acknowledgedDigest = acknowledgedDigest;
    this.hasState = true;
    this.#isAlone = true;
    this.#isPartial = false;
    this.#reloadWanted = false;
    this.#resetSessionSoon();
  }

  /** Everything committed is acknowledged. (After a reload the newest sequence may be one whose content was given up.) */
  get isSettled(): boolean {
    return this.hasState && !this.#source.active && this.#memory.dirtyPageCount === 0;
  }

  /** Ends a turn: what it changed is the next commit. Returns the newest sequence. */
  commit(): number {
    if (this.hasState && !this.#reloadWanted && this.#memory.dirtyPageCount > 0) this.sequence++;
    return this.sequence;
  }

  /** A turn threw: the memory's content must come back from the head before the next turn. */
  requestReload(): void {
    this.hasState = false;
    this.#isPartial = true;
    this.#reloadWanted = true;
    // Nothing is undecided any more, even if the transport went long ago: what is refilled replaces it.
    if (this.#source.active) this.#source.bringBack();
    this.#resetSessionSoon();
  }

  /** Whether a turn may begin now. Never false because of a dead link. */
  mayRunTurn(nowMs: number): boolean {
    if (!this.hasState || this.isFenced) return false;
    const delayed =
      this.#abortRun >= ABORTS_BEFORE_DELAY &&
      this.phase === PHASE_LIVE &&
      !this.#sender.streamed &&
      nowMs < this.#creditMs + this.#linkSilentMs;
    if (delayed) this.counters.turnsDelayed++;
    return !delayed;
  }

  /** An output that leaves at once, as part of the commit that ends the current turn. False: no room, or too long (240 bytes). */
  sendOutput(bytes: Uint8Array, at: number, count: number): boolean {
    if (!this.isFenced && this.#outputs.push(this.sequence + 1, bytes, at, count)) return true;
    this.counters.outputsRefused++;
    return false;
  }

  /** A report for the host's operator: `code` 1 to 255, at most 128 bytes of UTF-8. The newest wins. */
  report(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#reportCode = checkInteger('report code', code, 1, 255);
    this.#reportBytes = Math.min(count, ERROR_TEXT_BYTES_MAX);
    for (let index = 0; index < this.#reportBytes; index++) this.#reportText[index] = bytes[at + index]!;
  }

  /** Takes one frame, without COBS. Anything that is no valid frame of this session changes nothing but a counter. */
  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    if (this.phase === PHASE_OFFLINE) return;
    const kind = this.#gate.accept(bytes, at, count);
    if (kind === GATE_REFUSED) return;
    if (kind === KIND_WELCOME) this.#onWelcome(nowMs);
    else if (kind === KIND_REFUSED) this.#onRefused(nowMs);
    else if (kind === KIND_NO_SESSION) this.#onNoSession(nowMs);
    else this.#onSessionFrame(nowMs, kind, bytes);
  }

  /** Makes the next frame that may leave now in `frame`; returns its length, 0 if there is none. */
  poll(nowMs: number): number {
    if (this.phase === PHASE_OFFLINE) return 0;
    this.#checkSession(nowMs);
    const seed = this.phase === PHASE_HELLO ? this.#zeroSeed : this.#seed;
    if (!this.#build(nowMs)) return 0;
    const length = this.#builder.seal(seed);
    this.counters.framesOut++;
    this.counters.bytesOut += length;
    return length;
  }

  /** When `poll` must be called next, if nothing else happens; Infinity: not at all. */
  dueMs(nowMs: number): number {
    if (this.phase === PHASE_OFFLINE) return NO_WAIT_MS;
    if (this.phase === PHASE_HELLO || this.phase === PHASE_REFUSED) return this.#series.dueMs;
    const idle = this.#receiver.ackPending || this.#liveness.answerPending || this.#schema.pending || this.#reportCode !== 0;
    if (idle || this.#outputs.count > 0 || this.#mayStartDelta(nowMs)) return nowMs;
    return Math.min(this.#liveness.dueMs, this.#sender.dueMs(nowMs), this.#compare.dueMs(nowMs), this.#roomDueMs());
  }

  // Sessions

  #sayHello(nowMs: number): void {
    this.#series.begin(nowMs);
    this.phase = PHASE_HELLO;
  }

  /** The next poll ends the session and says hello. */
  #resetSessionSoon(): void {
    if (this.phase === PHASE_OFFLINE) return;
    this.#endSession();
    this.phase = PHASE_REFUSED;
    this.#series.begin(0);
  }

  /** A delta whose last frame has left stays in flight, undecided; anything else comes back. */
  #endSession(): void {
    const torn = this.session !== 0 && !this.#sender.undecided;
    if (this.#source.active && (torn || this.#reloadWanted)) this.#source.bringBack();
    this.#sender.stop();
    this.#compare.cancel();
    if (this.phase === PHASE_REFILL) this.#sink.drop();
    this.session = 0;
    this.#gate.setSession(0);
  }

  #checkSession(nowMs: number): void {
    if (this.phase === PHASE_REFUSED && this.#series.isDue(nowMs)) {
      this.#sayHello(nowMs);
    } else if (
      this.session !== 0 &&
      (this.#liveness.isSilent(nowMs) || this.#sender.timeoutRun > TIMEOUTS_MAX || this.#isRefillStuck(nowMs))
    ) {
      this.counters.silences++;
      this.#endSession();
      this.#sayHello(nowMs);
    }
  }

  /** The host can be heard, but no piece of the refill. */
  #isRefillStuck(nowMs: number): boolean {
    return this.phase === PHASE_REFILL && nowMs >= this.#progressMs + 2 * this.#linkSilentMs;
  }

  #buildHello(nowMs: number): void {
    const hello = this.#hello;
    hello.flags = this.#identityFlags;
    if (this.hasState) hello.flags |= HELLO_HOLDS_PAGES;
    else if (this.#isPartial) hello.flags |= HELLO_PARTIAL_PAGES;
    if (this.#isAlone) hello.flags |= HELLO_DIVERGED;
    if (this.hasState && this.#source.active) {
      hello.flags |= HELLO_UNDECIDED;
      hello.undecidedSequence = this.#source.sequence;
      hello.undecidedDigest = this.#source.digest;
    }
    hello.helloNonce = this.#series.nonce;
    hello.epoch = this.epoch;
    hello.sequence = this.sequence;
    hello.acknowledgedSequence = this.acknowledgedSequence;
    hello.acknowledgedDigest = this.acknowledgedDigest;
    this.#builder.begin(KIND_HELLO);
    hello.write(this.#builder);
    this.#series.sent(nowMs);
    this.counters.hellos++;
  }

  #onWelcome(nowMs: number): void {
    const welcome = this.#welcome;
    if (!welcome.read(this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_HELLO || welcome.helloNonce !== this.#series.nonce || this.#series.sendings === 0) {
      this.counters.staleAnswers++;
    } else if (!this.#isPossible(welcome)) {
      this.counters.unexpected++;
    } else {
      this.#beginSession(nowMs, welcome);
    }
  }

  /** The action must fit what this board said of itself. */
  #isPossible(welcome: WelcomeMessage): boolean {
    if (welcome.epoch < this.epoch) return false;
    const action = welcome.action;
    if (action === ACTION_FRESH) return !this.hasState;
    if (action === ACTION_REFILL) return !this.hasState && welcome.headSequence > 0;
    if (!this.hasState) return false;
    if (action === ACTION_CONTINUE) {
      return welcome.headSequence === this.acknowledgedSequence && welcome.headDigest === this.acknowledgedDigest;
    }
    if (action === ACTION_RESYNC) return true;
    return this.#source.active && welcome.headSequence === this.#source.sequence && welcome.headDigest === this.#source.digest;
  }

  #beginSession(nowMs: number, welcome: WelcomeMessage): void {
    if (this.#series.sendings === 1) this.#sender.rtt.sample(nowMs - this.#series.firstSentMs);
    this.#series.end();
    if (welcome.epoch > this.epoch) this.#isNewEpoch = true;
    this.session = welcome.session;
    this.epoch = welcome.epoch;
    this.#gate.setSession(welcome.session);
    this.#seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#source.forgetHistory();
    this.#sender.reset(welcome.windowFrames);
    this.#receiver.reset(welcome.epoch, welcome.session);
    this.#liveness.begin(nowMs);
    this.#creditMs = nowMs;
    this.#progressMs = nowMs;
    this.#comparedMs = nowMs;
    this.#noRoomMs = 0;
    this.#abortRun = 0;
    this.#mismatchRun = 0;
    this.#isAlone = false;
    this.#headSequence = welcome.headSequence;
    this.#headDigest = welcome.headDigest;
    this.#usedSequence = welcome.usedSequence;
    this.counters.sessions++;
    if (welcome.action === ACTION_FRESH) this.#beginFresh();
    else if (welcome.action === ACTION_REFILL) this.#beginRefill();
    else this.#goOn(welcome);
  }

  #beginFresh(): void {
    this.#memory.reset();
    this.#setAcknowledged(this.#headSequence, this.#memory.digest);
    this.sequence = this.#firstSequence();
    this.#reloadWanted = false;
    this.#isPartial = false;
    this.hasState = true;
    this.phase = PHASE_LIVE;
    this.#listener.onFresh();
  }

  #beginRefill(): void {
    this.phase = PHASE_REFILL;
    this.counters.refills++;
    if (this.#isPartial) {
      this.counters.refillsResumed++;
      this.#compare.start(COMPARE_PARTIAL);
    } else {
      this.#memory.reset();
      this.#isPartial = true;
    }
  }

  #goOn(welcome: WelcomeMessage): void {
    this.#isNewEpoch = false;
    if (welcome.action === ACTION_CONTINUE_UNDECIDED) {
      this.counters.deltasUndecidedKept++;
      this.#source.acknowledge();
      this.#setAcknowledged(welcome.headSequence, welcome.headDigest);
      this.#listener.onAcknowledged(this.acknowledgedSequence);
    } else if (this.#source.active) {
      this.counters.deltasUndecidedBroughtBack++;
      this.#source.bringBack();
    }
    if (welcome.action === ACTION_RESYNC) {
      this.sequence = Math.max(this.sequence, welcome.usedSequence) + 1;
      this.#setAcknowledged(welcome.headSequence, welcome.headDigest);
      this.#beginCompare(COMPARE_ALL);
    } else if ((welcome.flags & WELCOME_STAGED) !== 0) {
      this.#beginCompare(COMPARE_DIRTY);
    } else {
      this.phase = PHASE_LIVE;
    }
    this.#listener.onContinued();
  }

  #onRefused(nowMs: number): void {
    const refused = this.#refused;
    if (!refused.read(this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_HELLO || refused.helloNonce !== this.#series.nonce) {
      this.counters.staleAnswers++;
    } else {
      this.counters.refusals++;
      this.phase = PHASE_REFUSED;
      if (refused.retryAfterMs > 0) this.#series.begin(nowMs + refused.retryAfterMs);
      else this.#series.end();
      if (refused.reason === REFUSED_FENCED) this.isFenced = true;
      this.#listener.onRefused(refused.reason, refused.retryAfterMs);
    }
  }

  /** The host knows of no session on this link: it was restarted, or another link took over. Anyone can say so; it costs one hello. */
  #onNoSession(nowMs: number): void {
    if (!this.#gate.reader.finished) {
      this.counters.badFields++;
    } else if (this.session === 0 || nowMs < this.#series.firstSentMs + this.#helloMinMs) {
      this.counters.staleAnswers++;
    } else {
      this.#endSession();
      this.#sayHello(nowMs);
    }
  }

  // Frames of the session

  #onSessionFrame(nowMs: number, kind: number, bytes: Uint8Array): void {
    this.#liveness.heard(nowMs);
    switch (kind) {
      case KIND_DELTA_ACK:
        this.#onAck(nowMs);
        break;
      case KIND_DELTA_ONLY:
      case KIND_DELTA_FIRST:
      case KIND_DELTA_MIDDLE:
      case KIND_DELTA_LAST:
        this.#onDelta(nowMs, kind, bytes);
        break;
      case KIND_DELTA_ASK:
        this.#onAsk();
        break;
      case KIND_DIFFS:
        this.#onDiffs(nowMs);
        break;
      case KIND_HEARTBEAT:
        this.#onHeartbeat();
        break;
      case KIND_SCHEMA_REQUEST:
        if (!this.#schemaFrame.readRequest(this.#gate.reader)) this.counters.badFields++;
        else if (!this.#schema.request(this.#schemaFrame.offset)) this.counters.unexpected++;
        break;
      case KIND_INPUT:
        this.#onInput(bytes);
        break;
      case KIND_ERROR:
        if (!this.#error.read(this.#gate.reader)) this.counters.badFields++;
        else this.#listener.onError(this.#error.code, bytes, this.#error.textAt, this.#error.textBytes);
        break;
      default:
        this.counters.unexpected++;
    }
  }

  #onAck(nowMs: number): void {
    if (!this.#ack.read(this.#gate.reader)) {
      this.counters.badFields++;
      return;
    }
    const result = this.#sender.onAck(nowMs, this.#ack);
    if (result === SENDER_IGNORED) return;
    if (this.#sender.credit > 0) this.#creditMs = nowMs;
    if (result === SENDER_DONE) this.#onDone();
    else if (result === SENDER_MISMATCH) this.#onMismatch(nowMs);
    else if (result === SENDER_NO_ROOM) this.#onNoRoom(nowMs);
  }

  #onDone(): void {
    const digest = this.#source.digest;
    const sequence = this.#source.sequence;
    this.#source.acknowledge();
    this.#compare.settle();
    this.#setAcknowledged(sequence, digest);
    this.#abortRun = 0;
    this.#mismatchRun = 0;
    this.counters.deltasDone++;
    this.#listener.onAcknowledged(sequence);
  }

  /** The host dropped what it had of the delta. */
  #onMismatch(nowMs: number): void {
    this.counters.mismatches++;
    this.#source.bringBack();
    this.#compare.cancel();
    if (++this.#mismatchRun <= MISMATCHES_MAX) {
      this.#beginCompare(COMPARE_ALL);
    } else {
      this.#endSession();
      this.phase = PHASE_REFUSED;
      this.#series.begin(nowMs + this.#linkSilentMs);
    }
  }

  #onNoRoom(nowMs: number): void {
    this.counters.noRoom++;
    this.#noRoomMs = nowMs;
    this.#source.bringBack();
    this.#compare.cancel();
  }

  #beginCompare(mode: number): void {
    this.counters.resyncs++;
    this.phase = PHASE_RESYNC;
    this.#compare.start(mode);
    if (!this.#compare.active) this.#endCompare();
  }

  /** The dirty marks say now what the host lacks. A line that moved on must say so even if all pages agree. */
  #endCompare(): void {
    this.phase = PHASE_LIVE;
    this.counters.stagedPagesKept += this.#compare.trustedCount;
    if (this.sequence <= this.acknowledgedSequence) this.sequence = this.acknowledgedSequence + 1;
    if (this.#memory.dirtyPageCount === 0) this.#memory.markRangeDirty(0, Math.min(4, this.#memory.sizeBytes));
  }

  #onDiffs(nowMs: number): void {
    if (!this.#diffs.read(this.#gate.reader)) {
      this.counters.badFields++;
      return;
    }
    const mode = this.#compare.mode;
    this.#progressMs = nowMs;
    if (!this.#compare.onDiffs(this.#diffs)) {
      this.counters.staleAnswers++;
    } else if (mode === COMPARE_SCRUB) {
      this.counters.scrubDifferences += this.#compare.differences;
      if (this.#compare.differences > 0) this.commit();
    } else if (!this.#compare.active && this.phase === PHASE_RESYNC) {
      this.#endCompare();
    }
  }

  #onDelta(nowMs: number, kind: number, bytes: Uint8Array): void {
    const frame = this.#deltaFrame;
    if (!frame.read(kind, this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_REFILL && !this.#receiver.isCurrent(frame.number)) {
      this.counters.unexpected++;
    } else {
      const result = this.#receiver.onFrame(bytes, frame, 0);
      if (result !== RECEIVER_NOTHING) this.#progressMs = nowMs;
      if (result === RECEIVER_COMPLETE) this.#onRefillComplete();
      else if (result === RECEIVER_MISMATCH) this.#compare.start(COMPARE_PARTIAL);
    }
  }

  #onAsk(): void {
    const number = readDeltaAsk(this.#gate.reader);
    if (number < 0) this.counters.badFields++;
    else if (this.phase !== PHASE_REFILL && !this.#receiver.isCurrent(number)) this.counters.unexpected++;
    else this.#receiver.onAsk(number, 0);
  }

  #onRefillComplete(): void {
    if (this.#sink.sequence !== this.#headSequence || this.#sink.digest !== this.#headDigest) {
      this.#sink.drop();
      this.#receiver.broken();
      this.#compare.start(COMPARE_PARTIAL);
      return;
    }
    this.#sink.apply();
    this.#receiver.done(this.#headSequence);
    for (let page = this.#memory.nextDirtyPage(0); page >= 0; page = this.#memory.nextDirtyPage(page + 1)) this.#memory.settlePage(page);
    this.#setAcknowledged(this.#headSequence, this.#headDigest);
    this.sequence = this.#firstSequence();
    this.#isPartial = false;
    this.#reloadWanted = false;
    this.hasState = true;
    this.phase = PHASE_LIVE;
    this.#listener.onRefilled();
  }

  /** What the sequence of a board begins at whose content came from the host; an agent's very first line begins at 0. */
  #firstSequence(): number {
    const used = Math.max(this.sequence, this.#usedSequence);
    const isNewLine = this.#isNewEpoch && !(this.epoch === 1 && used === 0);
    this.#isNewEpoch = false;
    return isNewLine ? strideAbove(used) : used;
  }

  #onHeartbeat(): void {
    if (!this.#heartbeat.read(this.#gate.reader)) this.counters.badFields++;
    else if ((this.#heartbeat.flags & HEARTBEAT_ANSWER) !== 0) this.#liveness.answerPending = true;
  }

  #onInput(bytes: Uint8Array): void {
    const message = this.#message;
    if (!message.readInput(this.#gate.reader)) {
      this.counters.badFields++;
      return;
    }
    const taken =
      this.hasState &&
      this.phase === PHASE_LIVE &&
      this.#listener.onInput(message.number, bytes, message.bytesAt, message.byteCount, message.previous);
    if (!taken) this.counters.inputsRefused++;
  }

  #setAcknowledged(sequence: number, digest: number): void {
    this.acknowledgedSequence = sequence;
    this.acknowledgedDigest = digest;
    if (this.sequence < sequence) this.sequence = sequence;
  }

  // Frames to send, in the order of their urgency

  /** True: a frame lies in the builder. */
  #build(nowMs: number): boolean {
    if (this.phase === PHASE_HELLO) {
      if (!this.#series.isDue(nowMs)) return false;
      this.#buildHello(nowMs);
      return true;
    }
    if (this.session === 0) return false;
    if (this.#buildAnswer(nowMs)) return true;
    if (this.phase === PHASE_LIVE && this.#pollDelta(nowMs)) return true;
    return this.#buildIdle(nowMs);
  }

  #buildAnswer(nowMs: number): boolean {
    if (this.#receiver.ackPending) this.#buildAck();
    else if (this.#liveness.answerPending) this.#buildHeartbeat(0);
    else if (this.#schema.pending) this.#schema.build(this.#builder);
    else if (this.#compare.isDue(nowMs)) this.#compare.build(nowMs, this.#builder);
    else if (this.#outputs.count > 0) this.#outputs.shift(this.#builder);
    else if (this.#reportCode !== 0) this.#buildReport();
    else return false;
    return true;
  }

  #pollDelta(nowMs: number): boolean {
    if (this.#source.aborted) {
      this.#source.bringBack();
      this.#sender.stop();
      this.#abortRun++;
      this.counters.deltasAborted++;
    }
    if (this.#mayStartDelta(nowMs)) {
      this.#sender.start(nowMs, this.epoch, this.session, this.acknowledgedSequence, this.sequence);
    }
    return this.#sender.poll(nowMs, this.#builder);
  }

  #mayStartDelta(nowMs: number): boolean {
    if (this.phase !== PHASE_LIVE || this.#sender.active || this.#source.active || this.#compare.active) return false;
    if (this.sequence <= this.acknowledgedSequence || this.#memory.dirtyPageCount === 0) return false;
    return this.#sender.credit > 0 || nowMs >= this.#noRoomMs + CREDIT_PROBE_MS;
  }

  /** A delta that waits for credit asks for it by and by. */
  #roomDueMs(): number {
    const waits = this.phase === PHASE_LIVE && !this.#sender.active && this.#sender.credit === 0 && this.#memory.dirtyPageCount > 0;
    return waits ? this.#noRoomMs + CREDIT_PROBE_MS : NO_WAIT_MS;
  }

  #buildAck(): void {
    this.#receiver.fillAck(this.#ack);
    this.#builder.begin(KIND_DELTA_ACK);
    this.#ack.write(this.#builder);
  }

  #buildReport(): void {
    this.#builder.begin(KIND_ERROR);
    this.#builder.u8(this.#reportCode);
    this.#builder.copyFrom(this.#reportText, 0, this.#reportBytes);
    this.#reportCode = 0;
  }

  #buildHeartbeat(flags: number): void {
    this.#liveness.answerPending = false;
    this.counters.heartbeats++;
    this.#builder.begin(KIND_HEARTBEAT);
    this.#builder.u8(flags);
    this.#builder.varint(this.sequence);
  }

  /** Nothing to say: look after the pages, and ask whether the host is there. */
  #buildIdle(nowMs: number): boolean {
    if (this.phase === PHASE_LIVE && !this.#source.active && this.#memory.dirtyPageCount === 0) this.#scrub(nowMs);
    if (this.#compare.isDue(nowMs)) {
      this.#compare.build(nowMs, this.#builder);
      return true;
    }
    if (!this.#liveness.isAskDue(nowMs)) return false;
    this.#liveness.asked(nowMs);
    this.#buildHeartbeat(HEARTBEAT_ANSWER);
    return true;
  }

  #scrub(nowMs: number): void {
    if (this.#compare.active) return;
    if (nowMs >= this.#comparedMs + SCRUB_COMPARE_MS) {
      this.#comparedMs = nowMs;
      this.#compare.start(COMPARE_SCRUB);
    } else if (nowMs >= this.#scrubbedMs + SCRUB_LOCAL_MS) {
      this.#scrubbedMs = nowMs;
      this.counters.scrubFaults += this.#memory.scrub(1);
      this.commit();
    }
  }
}

function strideAbove(sequence: number): number {
  return (Math.floor(sequence / SEQUENCE_STRIDE) + 1) * SEQUENCE_STRIDE;
}
