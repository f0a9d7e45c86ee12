import { DIRECTION_DOWN } from '../wire/constants.js';
import { FrameBuilder } from '../wire/frame-builder.js';
import { BoardGreeting } from './board-greeting.js';
import { checkInteger } from './board-identity.js';
import type { BoardLease } from './board-lease.js';
import type { BoardLine } from './board-line.js';
import type { BoardMail } from './board-mail.js';
import { type BoardLinkOptions, type BoardListener, type LineSettings, PHASE_LIVE, PHASE_OFFLINE, PHASE_RESYNC } from './board-options.js';
import type { BoardOwnership } from './board-ownership.js';
import { boardParts, DEFAULT_LINK_SILENT_MS } from './board-parts.js';
import { BoardSession } from './board-session.js';
import type { BoardUplink } from './board-uplink.js';
import { createLinkCounters, type LinkCounters } from './counters.js';
import { FrameGate, GATE_REFUSED, isSessionless } from './frame-gate.js';

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
  readonly #line: BoardLine;
  readonly #uplink: BoardUplink;
  readonly #mail: BoardMail;
  readonly #ownership: BoardOwnership;
  readonly #lease: BoardLease;
  readonly #session: BoardSession;
  readonly #greeting: BoardGreeting;
  readonly #gate: FrameGate;
  readonly #builder = new FrameBuilder();

  constructor(options: BoardLinkOptions, listener: BoardListener) {
    const parts = boardParts(options, listener, this.counters);
    this.#line = parts.line;
    this.#uplink = parts.uplink;
    this.#mail = parts.mail;
    this.#ownership = parts.ownership;
    this.#lease = parts.lease;
    this.#session = new BoardSession(parts, options.linkSilentMs ?? DEFAULT_LINK_SILENT_MS, listener, this.counters);
    this.#gate = new FrameGate(DIRECTION_DOWN, this.counters);
    this.#greeting = new BoardGreeting(options, parts, this.#session, this.#gate, listener, this.counters);
    this.frame = this.#builder.bytes;
  }

  /** PHASE_OFFLINE, PHASE_HELLO, PHASE_REFUSED; with a session PHASE_RESYNC, PHASE_REFILL, PHASE_LIVE, PHASE_GUEST. */
  get phase(): number {
    return this.#session.phase !== PHASE_OFFLINE ? this.#session.phase : this.#greeting.waiting;
  }

  /** This board's pages, or its host's store, are of an older epoch: it never goes on by itself. */
  get isFenced(): boolean {
    return this.#greeting.isFenced;
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
    return this.#uplink.isIdle;
  }

  /**
   * The transport carries frames from now on: a new session is asked for.
   * @param line of a transport that differs from the last one's
   */
  connected(nowMs: number, line?: LineSettings): void {
    this.#greeting.connected(nowMs, line);
  }

  /** The transport is gone. The agent may go on; nothing is lost. */
  disconnected(_nowMs: number): void {
    this.#greeting.disconnected();
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
    this.#greeting.endSessionSoon();
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
    this.#greeting.endSessionSoon();
  }

  /** Whether a turn may begin now. Never false because of a dead link. */
  mayRunTurn(nowMs: number): boolean {
    if (!this.#line.hasState || this.isFenced || this.#ownership.isFrozen) return false;
    if (!this.#lease.isHeld(nowMs)) {
      this.counters.turnsUnleased++;
      return false;
    }
    const delayed = this.phase === PHASE_LIVE && this.#uplink.delaysTurns(nowMs, this.#session.linkSilentMs);
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
    const greeting = this.#greeting;
    if (greeting.waiting === PHASE_OFFLINE) return;
    const kind = this.#gate.accept(bytes, at, count);
    if (kind === GATE_REFUSED) return;
    if (isSessionless(kind)) {
      greeting.take(nowMs, kind);
      return;
    }
    const session = this.#session;
    session.take(nowMs, kind, this.#gate.reader, bytes);
    if (session.isOver) greeting.startOver(nowMs);
  }

  /** Makes the next frame that may leave now in `frame`; returns its length, 0 if there is none. */
  poll(nowMs: number): number {
    const greeting = this.#greeting;
    if (greeting.waiting === PHASE_OFFLINE) return 0;
    greeting.check(nowMs);
    const { seed } = greeting;
    const builder = this.#builder;
    const from = this.#session.number === 0 ? greeting : this.#session;
    if (!from.poll(nowMs, builder)) return 0;
    const length = builder.seal(seed);
    this.counters.framesOut++;
    this.counters.bytesOut += length;
    return length;
  }

  /** When `poll` must be called next, if nothing else happens; Infinity: not at all. */
  dueMs(nowMs: number): number {
    if (this.#greeting.waiting === PHASE_OFFLINE) return Number.POSITIVE_INFINITY;
    return this.#session.number === 0 ? this.#greeting.dueMs(nowMs) : this.#session.dueMs(nowMs);
  }
}
