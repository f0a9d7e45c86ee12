import type { AdaptiveEncoder } from '../codec/adaptive-encoder.js';
import type { DeltaSource } from '../delta/delta-source.js';
import type { PageMemory } from '../memory/page-memory.js';
import {
  DIRECTION_DOWN,
  DIRECTION_UP,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_WELCOME,
  REFUSED_FENCED,
  REFUSED_RETIRED,
  REFUSED_VACANT,
} from '../wire/constants.js';
import { frameSeed } from '../wire/frame.js';
import { FrameBuilder } from '../wire/frame-builder.js';
import { RefusedMessage, WelcomeMessage } from '../wire/welcome.js';
import { BoardHello } from './board-hello.js';
import { checkFifoBytes, checkInteger } from './board-identity.js';
import type { BoardLease } from './board-lease.js';
import type { BoardLine } from './board-line.js';
import type { BoardMail } from './board-mail.js';
import {
  type BoardLinkOptions,
  type BoardListener,
  type LineSettings,
  PHASE_HELLO,
  PHASE_LIVE,
  PHASE_OFFLINE,
  PHASE_REFUSED,
  PHASE_RESYNC,
  REFUSED_OLD_STORE,
} from './board-options.js';
import type { BoardOwnership } from './board-ownership.js';
import { boardParts, DEFAULT_LINK_SILENT_MS } from './board-parts.js';
import { BoardSession } from './board-session.js';
import type { BoardUplink } from './board-uplink.js';
import { createLinkCounters, type LinkCounters } from './counters.js';
import { FrameGate, GATE_REFUSED } from './frame-gate.js';
import { HelloSeries } from './hello-series.js';

export const DEFAULT_HELLO_MIN_MS = 250;
export const DEFAULT_HELLO_MAX_MS = 8000;

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
  /** This board's pages, or its host's store, are of an older epoch: it never goes on by itself. */
  isFenced = false;

  readonly #memory: PageMemory;
  readonly #listener: BoardListener;
  readonly #line: BoardLine;
  readonly #source: DeltaSource;
  readonly #encoder: AdaptiveEncoder | undefined;
  readonly #uplink: BoardUplink;
  readonly #session: BoardSession;
  readonly #mail: BoardMail;
  readonly #ownership: BoardOwnership;
  readonly #lease: BoardLease;
  readonly #hello: BoardHello;
  readonly #series: HelloSeries;
  readonly #gate: FrameGate;
  readonly #builder = new FrameBuilder();
  readonly #linkSilentMs: number;
  readonly #helloMinMs: number;
  readonly #zeroSeed = frameSeed(DIRECTION_UP, 0);
  #seed = 0;
  /** What the board does while it has no session: PHASE_OFFLINE, PHASE_HELLO or PHASE_REFUSED. */
  #waiting = PHASE_OFFLINE;
  /** Refused for now, because there is no agent for it: the host may call. */
  #isOnCall = false;
  /** Why the host was refused is told in the session that it granted; nothing else is said there. */
  #isRefusalDue = false;
  readonly #welcome = new WelcomeMessage();
  readonly #refused = new RefusedMessage();

  constructor(options: BoardLinkOptions, listener: BoardListener) {
    const parts = boardParts(options, listener, this.counters);
    this.#linkSilentMs = options.linkSilentMs ?? DEFAULT_LINK_SILENT_MS;
    this.#helloMinMs = options.helloMinMs ?? DEFAULT_HELLO_MIN_MS;
    this.#memory = options.memory;
    this.#listener = listener;
    this.#line = parts.line;
    this.#source = parts.source;
    this.#encoder = parts.encoder;
    this.#uplink = parts.uplink;
    this.#mail = parts.mail;
    this.#ownership = parts.ownership;
    this.#lease = parts.lease;
    this.#session = new BoardSession(parts, this.#linkSilentMs, listener, this.counters);
    this.#hello = new BoardHello(options, parts);
    this.#series = new HelloSeries(options.bootNonce, this.#helloMinMs, options.helloMaxMs ?? DEFAULT_HELLO_MAX_MS);
    this.#gate = new FrameGate(DIRECTION_DOWN, this.counters);
    this.frame = this.#builder.bytes;
    this.#setLine(options);
  }

  /** PHASE_OFFLINE, PHASE_HELLO, PHASE_REFUSED; with a session PHASE_RESYNC, PHASE_REFILL, PHASE_LIVE, PHASE_GUEST. */
  get phase(): number {
    return this.#session.phase !== PHASE_OFFLINE ? this.#session.phase : this.#waiting;
  }

  /** 0 while there is none. */
  get session(): number {
    return this.#session.number;
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

  /** The agent that the board has, or is being prepared with: 16 bytes, zeros for none. Others only read. */
  get agentId(): Uint8Array {
    return this.#ownership.agentId;
  }

  /** Runs no agent. */
  get isVacant(): boolean {
    return this.#ownership.isVacant;
  }

  /** Runs no turns until the host says more, whatever the link does. */
  get isFrozen(): boolean {
    return this.#ownership.isFrozen;
  }

  /** Without a lease: always. */
  isLeased(nowMs: number): boolean {
    return this.#lease.isHeld(nowMs);
  }

  /**
   * Everything committed is acknowledged. (After a reload the newest sequence may be one whose content was given up.) Not while pages are
   * compared: what the host lacks is not marked yet.
   */
  get isSettled(): boolean {
    const line = this.#line;
    if (!line.hasState || line.isComparing || this.phase === PHASE_RESYNC) return false;
    return !this.#source.active && this.#memory.dirtyPageCount === 0;
  }

  /**
   * The transport carries frames from now on: a new session is asked for.
   * @param line of a transport that differs from the last one's
   */
  connected(nowMs: number, line?: LineSettings): void {
    if (this.phase !== PHASE_OFFLINE) this.disconnected(nowMs);
    if (line !== undefined) this.#setLine(line);
    this.#uplink.sender.rtt.reset();
    this.#sayHello(nowMs);
  }

  /** The transport is gone. The agent may go on; nothing is lost. */
  disconnected(_nowMs: number): void {
    this.#endSession();
    this.#isRefusalDue = false;
    this.#series.end();
    this.#waiting = PHASE_OFFLINE;
  }

  /**
   * The memory was loaded from the board's own checkpoint (or initialised), because the host is away and the agent does not wait.
   * `sequence` is the newest that the checkpoint knows of, the others its common point with the host; all 0 without any. The board may
   * have used more since: it goes on above all that it can have used.
   * @throws Error if the board has no agent
   */
  startAlone(epoch: number, sequence: number, acknowledgedSequence: number, acknowledgedDigest: number): void {
    if (this.isVacant) throw new Error('startAlone: the board has no agent');
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
    if (!this.#line.hasState || this.isFenced || this.#ownership.isFrozen) return false;
    if (!this.#lease.isHeld(nowMs)) {
      this.counters.turnsUnleased++;
      return false;
    }
    const delayed = this.phase === PHASE_LIVE && this.#uplink.delaysTurns(nowMs, this.#linkSilentMs);
    if (delayed) this.counters.turnsDelayed++;
    return !delayed;
  }

  /** An output that leaves at once, as part of the commit that ends the current turn. False: no room, or too long (240 bytes). */
  sendOutput(bytes: Uint8Array, at: number, count: number): boolean {
    if (!this.isFenced && this.#mail.outputs.push(this.#line.sequence + 1, bytes, at, count)) return true;
    this.counters.outputsRefused++;
    return false;
  }

  /** A report for the host's operator: `code` 1 to 255, at most 128 bytes of UTF-8. The newest wins. */
  report(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#mail.report.put(checkInteger('report code', code, 1, 255), bytes, at, count);
  }

  /** The board is about to stall: the host is asked to send nothing, and the board says nothing itself. */
  pauseReceiving(nowMs: number): void {
    this.#session.pauseReceiving(nowMs);
  }

  /** Nothing comes any more; or there is nobody to ask, or no answer. */
  isReceivingPaused(nowMs: number): boolean {
    return this.#session.isReceivingPaused(nowMs);
  }

  /** When it is worth asking that again. */
  receivingPausedMs(nowMs: number): number {
    return this.#session.receivingPausedMs(nowMs);
  }

  resumeReceiving(): void {
    this.#session.resumeReceiving();
  }

  /** A report waits for a session. */
  get isReporting(): boolean {
    return this.#mail.report.pending;
  }

  /** Takes one frame, without COBS. Anything that is no valid frame of this session changes nothing but a counter. */
  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    if (this.phase === PHASE_OFFLINE) return;
    const kind = this.#gate.accept(bytes, at, count);
    if (kind === GATE_REFUSED) return;
    if (kind === KIND_WELCOME) this.#onWelcome(nowMs);
    else if (kind === KIND_REFUSED) this.#onRefused(nowMs);
    else if (kind === KIND_NO_SESSION) this.#onNoSession(nowMs);
    else {
      this.#session.take(nowMs, kind, this.#gate.reader, bytes);
      if (this.#session.isOver) this.#startOver(nowMs);
    }
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
    if (this.#isRefusalDue) return nowMs;
    if (this.phase === PHASE_HELLO || this.phase === PHASE_REFUSED) return this.#series.dueMs;
    return this.#session.dueMs(nowMs);
  }

  #setLine(line: LineSettings): void {
    this.#hello.fifoBytes = checkFifoBytes(line.fifoBytes);
    const encoder = this.#encoder;
    if (encoder === undefined || line.lineNsPerByte === undefined) return;
    if (!(line.lineNsPerByte > 0)) throw new RangeError(`lineNsPerByte: ${line.lineNsPerByte} is not a time of more than 0 ns`);
    encoder.lineNsPerByte = line.lineNsPerByte;
  }

  #sayHello(nowMs: number): void {
    this.#isOnCall = false;
    this.#series.begin(nowMs);
    this.#waiting = PHASE_HELLO;
  }

  /** The next poll says hello. */
  #endSessionSoon(): void {
    if (this.phase === PHASE_OFFLINE) return;
    this.#endSession();
    this.#waiting = PHASE_REFUSED;
    this.#series.begin(0);
  }

  #startOver(nowMs: number): void {
    this.#endSession();
    this.#sayHello(nowMs);
  }

  #endSession(): void {
    this.#session.end();
    this.#gate.setSession(0);
  }

  #checkSession(nowMs: number): void {
    if (this.phase === PHASE_REFUSED && this.#series.isDue(nowMs)) {
      this.#sayHello(nowMs);
    } else if (this.#session.isGivenUp) {
      this.#endSession();
      this.#waiting = PHASE_REFUSED;
      this.#series.begin(nowMs + this.#linkSilentMs);
    } else if (this.session !== 0 && this.#session.isHopeless(nowMs)) {
      this.counters.silences++;
      this.#startOver(nowMs);
    }
  }

  #onWelcome(nowMs: number): void {
    const welcome = this.#welcome;
    if (!welcome.read(this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_HELLO || welcome.helloNonce !== this.#series.nonce || this.#series.sendings === 0) {
      this.counters.staleAnswers++;
    } else if (this.#hello.isOldStore(welcome)) {
      this.#refuseHost(welcome);
    } else if (!this.#hello.fits(welcome)) {
      this.counters.unexpected++;
    } else {
      this.#beginSession(nowMs, welcome);
    }
  }

  #refuseHost(welcome: WelcomeMessage): void {
    this.counters.oldStores++;
    this.#series.end();
    this.#waiting = PHASE_REFUSED;
    this.isFenced = true;
    this.#seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#isRefusalDue = true;
    this.#listener.onRefused(REFUSED_OLD_STORE, 0);
  }

  #beginSession(nowMs: number, welcome: WelcomeMessage): void {
    if (this.#series.sendings === 1) this.#uplink.sender.rtt.sample(nowMs - this.#series.firstSentMs);
    this.#series.end();
    if (!this.isVacant) this.#lease.answered(this.#series.firstSentMs);
    this.#gate.setSession(welcome.session);
    this.#seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#session.begin(nowMs, welcome);
  }

  #onRefused(nowMs: number): void {
    const refused = this.#refused;
    if (!refused.read(this.#gate.reader)) {
      this.counters.badFields++;
    } else if (this.phase !== PHASE_HELLO || refused.helloNonce !== this.#series.nonce) {
      this.counters.staleAnswers++;
    } else if (refused.reason === REFUSED_RETIRED && !this.isVacant) {
      this.counters.refusals++;
      this.isFenced = false;
      this.#session.orders.retire(this.#line.epoch);
      this.#sayHello(nowMs);
      this.#listener.onRefused(refused.reason, refused.retryAfterMs);
    } else {
      this.counters.refusals++;
      this.#waiting = PHASE_REFUSED;
      this.#isOnCall = refused.reason === REFUSED_VACANT;
      if (refused.retryAfterMs > 0) this.#series.begin(nowMs + refused.retryAfterMs);
      else this.#series.end();
      if (refused.reason === REFUSED_FENCED) this.isFenced = true;
      this.#listener.onRefused(refused.reason, refused.retryAfterMs);
    }
  }

  /**
   * The host knows of no session on this link: it was restarted, another link took over, or it has an agent for a board that waits for
   * one. Anyone can say so; it costs one hello.
   */
  #onNoSession(nowMs: number): void {
    if (!this.#gate.reader.finished) {
      this.counters.badFields++;
    } else if ((this.session === 0 && !this.#isOnCall) || nowMs < this.#series.firstSentMs + this.#helloMinMs) {
      this.counters.staleAnswers++;
    } else {
      this.#startOver(nowMs);
    }
  }

  /** True: a frame lies in the builder. */
  #build(nowMs: number): boolean {
    if (this.phase === PHASE_HELLO) {
      if (!this.#series.isDue(nowMs)) return false;
      this.#hello.build(this.#series.nonce, this.#builder);
      this.#series.sent(nowMs);
      this.counters.hellos++;
      return true;
    }
    if (this.#isRefusalDue) return this.#buildRefusal();
    return this.session !== 0 && this.#session.poll(nowMs, this.#builder);
  }

  #buildRefusal(): boolean {
    this.#isRefusalDue = false;
    if (!this.#mail.report.pending) return false;
    this.#mail.report.build(this.#builder);
    return true;
  }
}
