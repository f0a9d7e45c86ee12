import { AdaptiveEncoder } from '../codec/adaptive-encoder.js';
import { StoredDecoder, StoredEncoder } from '../codec/stored.js';
import { DeltaSink } from '../delta/delta-sink.js';
import { DeltaSource } from '../delta/delta-source.js';
import { InPlaceTarget } from '../delta/in-place-target.js';
import type { PageMemory } from '../memory/page-memory.js';
import {
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_REFILL,
  ACTION_RESYNC,
  DIRECTION_DOWN,
  DIRECTION_UP,
  FRAME_PAYLOAD_MAX,
  HEARTBEAT_ANSWER,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_ERROR,
  KIND_HEARTBEAT,
  KIND_INPUT,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_SCHEMA_REQUEST,
  KIND_WELCOME,
  REFUSED_FENCED,
  WELCOME_STAGED,
} from '../wire/constants.js';
import { DeltaAckMessage } from '../wire/delta-frame.js';
import { frameSeed } from '../wire/frame.js';
import { FrameBuilder } from '../wire/frame-builder.js';
import { DiffsMessage } from '../wire/resync-frames.js';
import { ErrorFrame, HeartbeatFrame, MessageFrame, SchemaFrame } from '../wire/small-frames.js';
import { RefusedMessage, WelcomeMessage } from '../wire/welcome.js';
import { BoardHello } from './board-hello.js';
import {
  checkInteger,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_FRAMES,
  FRAME_CHUNK_BYTES_MIN,
  helloOf,
  identityFlags,
} from './board-identity.js';
import { BoardLine } from './board-line.js';
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
import { BoardRefill, REFILL_COMPARE, REFILL_COMPLETE } from './board-refill.js';
import { BoardUplink, UPLINK_ACKNOWLEDGED, UPLINK_COMPARE, UPLINK_GIVE_UP } from './board-uplink.js';
import { createLinkCounters, type LinkCounters } from './counters.js';
import { DeltaReceiver } from './delta-receiver.js';
import { DeltaSender } from './delta-sender.js';
import { FlowWindow } from './flow.js';
import { FrameGate, GATE_REFUSED } from './frame-gate.js';
import { HelloSeries } from './hello-series.js';
import { IdleScrub } from './idle-scrub.js';
import { Liveness } from './liveness.js';
import { OutputQueue } from './output-queue.js';
import { COMPARE_ALL, COMPARE_DIRTY, COMPARE_PARTIAL, COMPARE_SCRUB, PageCompare } from './page-compare.js';
import { ReportCell } from './report-cell.js';
import { SchemaUpload } from './schema-upload.js';

export { SEQUENCE_STRIDE } from './board-line.js';

export const DEFAULT_HEARTBEAT_MS = 1000;
export const DEFAULT_LINK_SILENT_MS = 5000;
export const DEFAULT_HELLO_MIN_MS = 250;
export const DEFAULT_HELLO_MAX_MS = 8000;
export const DEFAULT_OUTPUT_CELLS = 4;

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
  /** This board's pages are of an older epoch: it never goes on by itself. */
  isFenced = false;

  readonly #memory: PageMemory;
  readonly #listener: BoardListener;
  readonly #line: BoardLine;
  readonly #source: DeltaSource;
  readonly #uplink: BoardUplink;
  readonly #refill: BoardRefill;
  readonly #compare: PageCompare;
  readonly #scrub: IdleScrub;
  readonly #hello: BoardHello;
  readonly #series: HelloSeries;
  readonly #liveness: Liveness;
  readonly #outputs: OutputQueue;
  readonly #schema: SchemaUpload;
  readonly #report = new ReportCell();
  readonly #gate: FrameGate;
  readonly #builder = new FrameBuilder();
  readonly #linkSilentMs: number;
  readonly #helloMinMs: number;
  readonly #zeroSeed = frameSeed(DIRECTION_UP, 0);
  #seed = 0;

  readonly #welcome = new WelcomeMessage();
  readonly #refused = new RefusedMessage();
  readonly #ack = new DeltaAckMessage();
  readonly #diffs = new DiffsMessage();
  readonly #heartbeat = new HeartbeatFrame();
  readonly #schemaFrame = new SchemaFrame();
  readonly #message = new MessageFrame();
  readonly #error = new ErrorFrame();

  constructor(options: BoardLinkOptions, listener: BoardListener) {
    const frameBytes = checkInteger('frameBytes', options.frameBytes ?? DEFAULT_FRAME_BYTES, FRAME_CHUNK_BYTES_MIN, FRAME_PAYLOAD_MAX);
    const windowFrames = options.windowFrames ?? DEFAULT_WINDOW_FRAMES;
    const memory = options.memory;
    const counters = this.counters;
    const hello = helloOf(options);
    const compress = hello.codecs > 1;
    this.#memory = memory;
    this.#listener = listener;
    this.#linkSilentMs = options.linkSilentMs ?? DEFAULT_LINK_SILENT_MS;
    this.#helloMinMs = options.helloMinMs ?? DEFAULT_HELLO_MIN_MS;
    this.#line = new BoardLine(memory);
    this.#source = options.source ?? new DeltaSource(memory, [compress ? new AdaptiveEncoder() : new StoredEncoder()]);
    const flow = new FlowWindow(windowFrames * FRAME_PAYLOAD_MAX * 2, windowFrames * FRAME_PAYLOAD_MAX * 2);
    const sender = new DeltaSender(this.#source, windowFrames, frameBytes, flow, counters);
    this.#compare = new PageCompare(memory, sender.rtt);
    this.#uplink = new BoardUplink(memory, this.#line, this.#source, sender, this.#compare, counters);
    const sink = new DeltaSink(new InPlaceTarget(memory), [new StoredDecoder()]);
    this.#refill = new BoardRefill(memory, sink, new DeltaReceiver(sink, windowFrames, FRAME_PAYLOAD_MAX, counters), counters);
    this.#scrub = new IdleScrub(memory, this.#compare, counters);
    this.#hello = new BoardHello(hello, identityFlags(options), this.#line, this.#source);
    this.#series = new HelloSeries(options.bootNonce, this.#helloMinMs, options.helloMaxMs ?? DEFAULT_HELLO_MAX_MS);
    this.#liveness = new Liveness(options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS, this.#linkSilentMs);
    this.#outputs = new OutputQueue(options.outputCells ?? DEFAULT_OUTPUT_CELLS);
    this.#schema = new SchemaUpload(options.schemaBytes);
    this.#gate = new FrameGate(DIRECTION_DOWN, counters);
    this.frame = this.#builder.bytes;
  }

  get epoch(): number {
    return this.#line.epoch;
  }

  /** The newest commit. */
  get sequence(): number {
    return this.#line.sequence;
  }

  /** The newest commit that the host is known to hold durably, and the digest of the state then. */
  get acknowledgedSequence(): number {
    return this.#line.acknowledgedSequence;
  }

  get acknowledgedDigest(): number {
    return this.#line.acknowledgedDigest;
  }

  /** The memory holds the agent's state: it may run. */
  get hasState(): boolean {
    return this.#line.hasState;
  }

  /** Everything committed is acknowledged. (After a reload the newest sequence may be one whose content was given up.) */
  get isSettled(): boolean {
    return this.#line.hasState && !this.#source.active && this.#memory.dirtyPageCount === 0;
  }

  /** The transport carries frames from now on: a new session is asked for. */
  connected(nowMs: number): void {
    if (this.phase !== PHASE_OFFLINE) this.disconnected(nowMs);
    this.#uplink.sender.rtt.reset();
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
    this.#line.beginAlone(epoch, sequence, acknowledgedSequence, acknowledgedDigest);
    this.#endSessionSoon();
  }

  /** Ends a turn: what it changed is the next commit. Returns the newest sequence. */
  commit(): number {
    this.#line.commit();
    return this.#line.sequence;
  }

  /** A turn threw: the memory's content must come back from the head before the next turn. */
  requestReload(): void {
    this.#line.giveUpState();
    this.#uplink.giveUp();
    this.#endSessionSoon();
  }

  /** Whether a turn may begin now. Never false because of a dead link. */
  mayRunTurn(nowMs: number): boolean {
    if (!this.#line.hasState || this.isFenced) return false;
    const delayed = this.phase === PHASE_LIVE && this.#uplink.delaysTurns(nowMs, this.#linkSilentMs);
    if (delayed) this.counters.turnsDelayed++;
    return !delayed;
  }

  /** An output that leaves at once, as part of the commit that ends the current turn. False: no room, or too long (240 bytes). */
  sendOutput(bytes: Uint8Array, at: number, count: number): boolean {
    if (!this.isFenced && this.#outputs.push(this.#line.sequence + 1, bytes, at, count)) return true;
    this.counters.outputsRefused++;
    return false;
  }

  /** A report for the host's operator: `code` 1 to 255, at most 128 bytes of UTF-8. The newest wins. */
  report(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#report.put(checkInteger('report code', code, 1, 255), bytes, at, count);
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
    if (this.phase === PHASE_OFFLINE) return Number.POSITIVE_INFINITY;
    if (this.phase === PHASE_HELLO || this.phase === PHASE_REFUSED) return this.#series.dueMs;
    const hasAnswer = this.#refill.ackPending || this.#liveness.answerPending || this.#schema.pending || this.#report.pending;
    if (hasAnswer || this.#outputs.count > 0) return nowMs;
    const uplinkMs = this.phase === PHASE_LIVE ? this.#uplink.dueMs(nowMs) : Number.POSITIVE_INFINITY;
    return Math.min(this.#liveness.dueMs, uplinkMs, this.#compare.dueMs(nowMs));
  }

  // Sessions

  #sayHello(nowMs: number): void {
    this.#series.begin(nowMs);
    this.phase = PHASE_HELLO;
  }

  /** The next poll says hello. */
  #endSessionSoon(): void {
    if (this.phase === PHASE_OFFLINE) return;
    this.#endSession();
    this.phase = PHASE_REFUSED;
    this.#series.begin(0);
  }

  #endSession(): void {
    this.#uplink.endSession();
    if (this.phase === PHASE_REFILL) this.#refill.suspend();
    this.session = 0;
    this.#gate.setSession(0);
  }

  #checkSession(nowMs: number): void {
    if (this.phase === PHASE_REFUSED && this.#series.isDue(nowMs)) {
      this.#sayHello(nowMs);
    } else if (this.session !== 0 && this.#isHopeless(nowMs)) {
      this.counters.silences++;
      this.#endSession();
      this.#sayHello(nowMs);
    }
  }

  /** The host is silent, or can be heard but answers nothing that is under way. */
  #isHopeless(nowMs: number): boolean {
    const isRefillStuck = this.phase === PHASE_REFILL && nowMs >= this.#refill.progressMs + 2 * this.#linkSilentMs;
    return isRefillStuck || this.#uplink.isStuck || this.#liveness.isSilent(nowMs);
  }

  #onWelcome(nowMs: number): void {
    const welcome = this.#welcome;
    if (!welcome.read(this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_HELLO || welcome.helloNonce !== this.#series.nonce || this.#series.sendings === 0) {
      this.counters.staleAnswers++;
    } else if (!this.#hello.fits(welcome)) {
      this.counters.unexpected++;
    } else {
      this.#beginSession(nowMs, welcome);
    }
  }

  #beginSession(nowMs: number, welcome: WelcomeMessage): void {
    if (this.#series.sendings === 1) this.#uplink.sender.rtt.sample(nowMs - this.#series.firstSentMs);
    this.#series.end();
    this.session = welcome.session;
    this.#gate.setSession(welcome.session);
    this.#seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#line.enter(welcome.epoch);
    this.#uplink.beginSession(nowMs, welcome.windowFrames);
    this.#refill.beginSession(nowMs, welcome);
    this.#liveness.begin(nowMs);
    this.#scrub.beginSession(nowMs);
    this.counters.sessions++;
    if (welcome.action === ACTION_FRESH) this.#beginFresh();
    else if (welcome.action === ACTION_REFILL) this.#beginRefill();
    else this.#goOn(welcome);
  }

  #beginFresh(): void {
    this.#memory.reset();
    this.#line.begin(this.#refill.headSequence, this.#memory.digest, this.#refill.usedSequence);
    this.phase = PHASE_LIVE;
    this.#listener.onFresh();
  }

  #beginRefill(): void {
    this.phase = PHASE_REFILL;
    this.counters.refills++;
    if (this.#line.isPartial) {
      this.counters.refillsResumed++;
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
      line.sequence = Math.max(line.sequence, welcome.usedSequence) + 1;
      line.acknowledge(welcome.headSequence, welcome.headDigest);
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
        this.#refill.onAsk(this.#gate.reader, this.phase === PHASE_REFILL);
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
    const result = this.#uplink.onAck(nowMs, this.#ack);
    if (result === UPLINK_ACKNOWLEDGED) this.#listener.onAcknowledged(this.#line.acknowledgedSequence);
    else if (result === UPLINK_COMPARE) this.#beginCompare(COMPARE_ALL);
    else if (result === UPLINK_GIVE_UP) this.#giveUpSession(nowMs);
  }

  #giveUpSession(nowMs: number): void {
    this.#endSession();
    this.phase = PHASE_REFUSED;
    this.#series.begin(nowMs + this.#linkSilentMs);
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
    const line = this.#line;
    if (line.sequence <= line.acknowledgedSequence) line.sequence = line.acknowledgedSequence + 1;
    if (this.#memory.dirtyPageCount === 0) this.#memory.markRangeDirty(0, Math.min(4, this.#memory.sizeBytes));
  }

  #onDiffs(nowMs: number): void {
    if (!this.#diffs.read(this.#gate.reader)) {
      this.counters.badFields++;
      return;
    }
    const mode = this.#compare.mode;
    this.#refill.progressMs = nowMs;
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
    const refill = this.#refill;
    const result = refill.onDelta(nowMs, kind, this.#gate.reader, bytes, this.phase === PHASE_REFILL);
    if (result === REFILL_COMPARE) {
      this.#compare.start(COMPARE_PARTIAL);
    } else if (result === REFILL_COMPLETE) {
      this.#line.begin(refill.headSequence, refill.headDigest, refill.usedSequence);
      this.phase = PHASE_LIVE;
      this.#listener.onRefilled();
    }
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
      this.#line.hasState &&
      this.phase === PHASE_LIVE &&
      this.#listener.onInput(message.number, bytes, message.bytesAt, message.byteCount, message.previous);
    if (!taken) this.counters.inputsRefused++;
  }

  // Frames to send, in the order of their urgency

  /** True: a frame lies in the builder. */
  #build(nowMs: number): boolean {
    if (this.phase === PHASE_HELLO) {
      if (!this.#series.isDue(nowMs)) return false;
      this.#hello.build(this.#series.nonce, this.#builder);
      this.#series.sent(nowMs);
      this.counters.hellos++;
      return true;
    }
    if (this.session === 0) return false;
    if (this.#buildAnswer(nowMs)) return true;
    if (this.phase === PHASE_LIVE && this.#uplink.poll(nowMs, this.session, this.#builder)) return true;
    return this.#buildIdle(nowMs);
  }

  #buildAnswer(nowMs: number): boolean {
    if (this.#refill.ackPending) this.#refill.buildAck(this.#builder);
    else if (this.#liveness.answerPending) this.#buildHeartbeat(0);
    else if (this.#schema.pending) this.#schema.build(this.#builder);
    else if (this.#compare.isDue(nowMs)) this.#compare.build(nowMs, this.#builder);
    else if (this.#outputs.count > 0) this.#outputs.shift(this.#builder);
    else if (this.#report.pending) this.#report.build(this.#builder);
    else return false;
    return true;
  }

  #buildHeartbeat(flags: number): void {
    this.#liveness.answerPending = false;
    this.counters.heartbeats++;
    this.#builder.begin(KIND_HEARTBEAT);
    this.#builder.u8(flags);
    this.#builder.varint(this.#line.sequence);
  }

  /** Nothing to say: look after the pages, and ask whether the host is there. */
  #buildIdle(nowMs: number): boolean {
    if (this.phase === PHASE_LIVE && this.isSettled) {
      this.#scrub.run(nowMs);
      this.commit();
    }
    if (this.#compare.isDue(nowMs)) {
      this.#compare.build(nowMs, this.#builder);
      return true;
    }
    if (!this.#liveness.isAskDue(nowMs)) return false;
    this.#liveness.asked(nowMs);
    this.#buildHeartbeat(HEARTBEAT_ANSWER);
    return true;
  }
}
