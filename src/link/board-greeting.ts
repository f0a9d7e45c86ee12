import {
  DIRECTION_UP,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_WELCOME,
  REFUSED_FENCED,
  REFUSED_RETIRED,
  REFUSED_VACANT,
} from '../wire/constants.js';
import { frameSeed } from '../wire/frame.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { RefusedMessage, WelcomeMessage } from '../wire/welcome.js';
import { BoardHello } from './board-hello.js';
import { checkFifoBytes } from './board-identity.js';
import {
  type BoardLinkOptions,
  type BoardListener,
  type LineSettings,
  PHASE_HELLO,
  PHASE_OFFLINE,
  PHASE_REFUSED,
  REFUSED_OLD_STORE,
} from './board-options.js';
import type { BoardParts } from './board-parts.js';
import type { BoardSession } from './board-session.js';
import type { LinkCounters } from './counters.js';
import type { FrameGate } from './frame-gate.js';
import { HelloSeries } from './hello-series.js';

export const DEFAULT_HELLO_MIN_MS = 250;
export const DEFAULT_HELLO_MAX_MS = 8000;

const ZERO_SEED = frameSeed(DIRECTION_UP, 0);

/** How a board comes to a session and how it is done with one: its hellos, and what the host answers to them. */
export class BoardGreeting {
  /** This board's pages, or its host's store, are of an older epoch: it never goes on by itself. */
  isFenced = false;
  /** Of the frames that may leave now. */
  seed = ZERO_SEED;
  readonly #parts: BoardParts;
  readonly #session: BoardSession;
  readonly #gate: FrameGate;
  readonly #listener: BoardListener;
  readonly #counters: LinkCounters;
  readonly #hello: BoardHello;
  readonly #series: HelloSeries;
  readonly #helloMinMs: number;
  /** What the board does while it has no session: PHASE_OFFLINE, PHASE_HELLO or PHASE_REFUSED. */
  #waiting = PHASE_OFFLINE;
  /** Refused for now, because there is no agent for it: the host may call. */
  #isOnCall = false;
  /** Why the host was refused is told in the session that it granted; nothing else is said there. */
  #isRefusalDue = false;
  readonly #welcome = new WelcomeMessage();
  readonly #refused = new RefusedMessage();

  constructor(
    options: BoardLinkOptions,
    parts: BoardParts,
    session: BoardSession,
    gate: FrameGate,
    listener: BoardListener,
    counters: LinkCounters,
  ) {
    this.#parts = parts;
    this.#session = session;
    this.#gate = gate;
    this.#listener = listener;
    this.#counters = counters;
    this.#helloMinMs = options.helloMinMs ?? DEFAULT_HELLO_MIN_MS;
    this.#hello = new BoardHello(options, parts);
    this.#series = new HelloSeries(options.bootNonce, this.#helloMinMs, options.helloMaxMs ?? DEFAULT_HELLO_MAX_MS);
    this.#setLine(options);
  }

  /** PHASE_OFFLINE, PHASE_HELLO or PHASE_REFUSED while there is no session; in one PHASE_HELLO, which brought it about. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The transport carries frames from now on. */
  connected(nowMs: number, line?: LineSettings): void {
    this.disconnected();
    if (line !== undefined) this.#setLine(line);
    this.#parts.uplink.sender.rtt.reset();
    this.#sayHello(nowMs);
  }

  /** The transport is gone. */
  disconnected(): void {
    if (this.#waiting === PHASE_OFFLINE) return;
    this.#endSession();
    this.#isRefusalDue = false;
    this.#series.end();
    this.#waiting = PHASE_OFFLINE;
  }

  /** The next poll says hello. */
  endSessionSoon(): void {
    if (this.#waiting === PHASE_OFFLINE) return;
    this.#endSession();
    this.#waiting = PHASE_REFUSED;
    this.#series.begin(0);
  }

  /** The session is over: the board says hello as what it is now. */
  startOver(nowMs: number): void {
    this.#endSession();
    this.#sayHello(nowMs);
  }

  /** Before anything leaves: a hello may be due, or the session hopeless. */
  check(nowMs: number): void {
    const session = this.#session;
    if (this.#waiting === PHASE_REFUSED) {
      if (this.#series.isDue(nowMs)) this.#sayHello(nowMs);
    } else if (session.isGivenUp) {
      this.#endSession();
      this.#waiting = PHASE_REFUSED;
      this.#series.begin(nowMs + session.linkSilentMs);
    } else if (session.number !== 0 && session.isHopeless(nowMs)) {
      this.#counters.silences++;
      this.startOver(nowMs);
    }
  }

  /** Takes a frame that is sealed with no session; the gate's reader stands on its fields. */
  take(nowMs: number, kind: number): void {
    if (kind === KIND_WELCOME) this.#onWelcome(nowMs);
    else if (kind === KIND_REFUSED) this.#onRefused(nowMs);
    else if (kind === KIND_NO_SESSION) this.#onNoSession(nowMs);
    else this.#counters.unexpected++;
  }

  /** Without a session: true if a frame lies in the builder. */
  poll(nowMs: number, builder: FrameBuilder): boolean {
    if (this.#waiting === PHASE_HELLO) {
      if (!this.#series.isDue(nowMs)) return false;
      this.#hello.build(this.#series.nonce, builder);
      this.#series.sent(nowMs);
      this.#counters.hellos++;
      return true;
    }
    return this.#isRefusalDue && this.#buildRefusal(builder);
  }

  /** Without a session: when to poll next. */
  dueMs(nowMs: number): number {
    return this.#isRefusalDue ? nowMs : this.#series.dueMs;
  }

  #setLine(line: LineSettings): void {
    this.#hello.fifoBytes = checkFifoBytes(line.fifoBytes);
    const { encoder } = this.#parts;
    if (encoder === undefined || line.lineNsPerByte === undefined) return;
    if (!(line.lineNsPerByte > 0)) throw new RangeError(`lineNsPerByte: ${line.lineNsPerByte} is not a time of more than 0 ns`);
    encoder.lineNsPerByte = line.lineNsPerByte;
  }

  #sayHello(nowMs: number): void {
    this.seed = ZERO_SEED;
    this.#isOnCall = false;
    this.#isRefusalDue = false;
    this.#series.begin(nowMs);
    this.#waiting = PHASE_HELLO;
  }

  #endSession(): void {
    this.#session.end();
    this.#gate.setSession(0);
  }

  /** A hello of this series has left, and waits for its answer. */
  #isAsking(helloNonce: number): boolean {
    const series = this.#series;
    return this.#waiting === PHASE_HELLO && this.#session.number === 0 && helloNonce === series.nonce && series.sendings > 0;
  }

  #onWelcome(nowMs: number): void {
    const welcome = this.#welcome;
    if (!welcome.read(this.#gate.reader)) this.#counters.badFields++;
    else if (!this.#isAsking(welcome.helloNonce)) this.#counters.staleAnswers++;
    else if (this.#hello.isOldStore(welcome)) this.#refuseHost(welcome);
    else if (!this.#hello.fits(welcome)) this.#counters.unexpected++;
    else this.#beginSession(nowMs, welcome);
  }

  #refuseHost(welcome: WelcomeMessage): void {
    this.#counters.oldStores++;
    this.#series.end();
    this.#waiting = PHASE_REFUSED;
    this.isFenced = true;
    this.seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#isRefusalDue = true;
    this.#listener.onRefused(REFUSED_OLD_STORE, 0);
  }

  #beginSession(nowMs: number, welcome: WelcomeMessage): void {
    const { uplink, ownership, lease } = this.#parts;
    const series = this.#series;
    if (series.sendings === 1) uplink.sender.rtt.sample(nowMs - series.firstSentMs);
    series.end();
    if (!ownership.isVacant) lease.answered(series.firstSentMs);
    this.#gate.setSession(welcome.session);
    this.seed = frameSeed(DIRECTION_UP, welcome.session);
    this.#session.begin(nowMs, welcome);
  }

  #onRefused(nowMs: number): void {
    const refused = this.#refused;
    if (!refused.read(this.#gate.reader)) {
      this.#counters.badFields++;
    } else if (!this.#isAsking(refused.helloNonce)) {
      this.#counters.staleAnswers++;
    } else if (refused.reason === REFUSED_RETIRED && !this.#parts.ownership.isVacant) {
      this.#counters.refusals++;
      this.isFenced = false;
      this.#session.orders.retire(this.#parts.line.epoch);
      this.#sayHello(nowMs);
      this.#listener.onRefused(refused.reason, refused.retryAfterMs);
    } else {
      this.#counters.refusals++;
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
    const isCalled = this.#session.number !== 0 || this.#isOnCall;
    if (!this.#gate.reader.finished) this.#counters.badFields++;
    else if (!isCalled || nowMs < this.#series.firstSentMs + this.#helloMinMs) this.#counters.staleAnswers++;
    else this.startOver(nowMs);
  }

  #buildRefusal(builder: FrameBuilder): boolean {
    this.#isRefusalDue = false;
    const { report } = this.#parts.mail;
    if (!report.pending) return false;
    report.build(builder);
    return true;
  }
}
