import { createLinkCounters, type LinkCounters } from '../../src/link/counters.js';
import { GATE_REFUSED } from '../../src/link/frame-gate.js';
import {
  DIRECTION_DOWN,
  KIND_HELLO,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_WELCOME,
  REFUSED_BUSY,
  REFUSED_CLONE,
  REFUSED_SIZE,
} from '../../src/wire/constants.js';
import { frameSeed } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { HelloMessage } from '../../src/wire/hello.js';
import { type Store, StoreError } from '../store/store.js';
import { AgentBook } from './agent-book.js';
import type { AgentEntry } from './agent-entry.js';
import { viewOf } from './agent-view.js';
import { CloneProbe, PROBE_ALIVE, PROBE_WAITING } from './clone-probe.js';
import { type Admission, admit, REFUSED_RETRY_MS, refusalOf } from './hello-decision.js';
import { toHex } from './hex.js';
import { INPUT_BYTES_MAX } from './input-queue.js';
import { LinkState } from './link-state.js';
import { Session, type SessionOwner } from './session.js';
import type { AgentView, HostListener, HostSessionsOptions, InputDone, LinkEnd } from './types.js';
import { welcomeOf } from './welcome.js';

export const DEFAULT_WINDOW_FRAMES = 16;
export const DEFAULT_INPUTS_MAX = 64;
/** A link without a session is told so at most this often. */
export const NO_SESSION_INTERVAL_MS = 1000;
/** A refused clone, and a board whose grant failed, ask again after this. */
export const CLONE_RETRY_MS = 5000;
export const BUSY_RETRY_MS = 1000;

/**
 * Every session of every board, and the agents behind them. Time, bytes and the store's answers come in, frames and events go out: no
 * timers, no ports. The simulator and the real host run this same code.
 */
export class HostSessions implements SessionOwner {
  /** The frame that `poll` made, without COBS. */
  readonly frame: Uint8Array;
  readonly counters: LinkCounters = createLinkCounters();
  readonly #store: Store;
  readonly #listener: HostListener;
  readonly #book: AgentBook;
  readonly #windowFrames: number;
  readonly #inputsMax: number;
  readonly #links = new Map<number, LinkState>();
  readonly #builder = new FrameBuilder();
  readonly #hello = new HelloMessage();
  readonly #zeroSeed = frameSeed(DIRECTION_DOWN, 0);
  /** Sessions whose deltas found no room, the longest waiting first. */
  readonly #roomless: Session[] = [];
  #nextLinkId = 1;
  #nowMs = 0;

  constructor(options: HostSessionsOptions) {
    this.#store = options.store;
    this.#listener = options.listener;
    this.#book = new AgentBook(options.store, options.pool);
    this.#windowFrames = options.windowFrames ?? DEFAULT_WINDOW_FRAMES;
    this.#inputsMax = options.inputsMax ?? DEFAULT_INPUTS_MAX;
    this.frame = this.#builder.bytes;
  }

  /** A transport has a new end. Returns its linkId. */
  attach(end: LinkEnd): number {
    const linkId = this.#nextLinkId++;
    this.#links.set(linkId, new LinkState(linkId, end, this.counters));
    return linkId;
  }

  /** The end is gone; the board may come back on another one. */
  detach(linkId: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    this.#links.delete(linkId);
    if (link.session !== undefined) this.#endSession(link.session);
    for (const entry of this.#book.entries) if (entry.waiting === link) entry.waiting = undefined;
  }

  /** Takes one frame, without COBS. */
  receive(nowMs: number, linkId: number, bytes: Uint8Array, at: number, count: number): void {
    this.#nowMs = nowMs;
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    const sessionless = this.counters.sessionless;
    const kind = link.gate.accept(bytes, at, count);
    const session = link.session;
    if (kind === KIND_HELLO) {
      this.#onHello(nowMs, link);
    } else if (kind !== GATE_REFUSED && session !== undefined) {
      session.heard(nowMs);
      session.entry.frameBytesUp += count;
      session.hostLink.take(nowMs, kind, link.gate.reader, bytes);
    } else if (kind !== GATE_REFUSED) {
      this.counters.unexpected++;
    } else if (this.counters.sessionless > sessionless && nowMs >= link.noSessionMs + NO_SESSION_INTERVAL_MS) {
      link.noSessionMs = nowMs;
      link.isNoSessionDue = true;
    }
  }

  /** Makes the next frame for this link in `frame`; returns its length, 0 if there is none now. */
  poll(nowMs: number, linkId: number): number {
    this.#nowMs = nowMs;
    const link = this.#links.get(linkId);
    if (link === undefined) return 0;
    if (link.probe !== undefined) this.#pollProbe(nowMs, link);
    const length = this.#build(nowMs, link);
    if (length === 0) return 0;
    this.counters.framesOut++;
    this.counters.bytesOut += length;
    if (link.session !== undefined) link.session.entry.frameBytesDown += length;
    return length;
  }

  /** When `poll` has something to do for this link, or, without one, for any. */
  dueMs(nowMs: number, linkId?: number): number {
    if (linkId !== undefined) {
      const link = this.#links.get(linkId);
      return link === undefined ? Number.POSITIVE_INFINITY : this.#linkDueMs(nowMs, link);
    }
    let dueMs = Number.POSITIVE_INFINITY;
    for (const link of this.#links.values()) dueMs = Math.min(dueMs, this.#linkDueMs(nowMs, link));
    return dueMs;
  }

  /** The agents that this host has met since its start. */
  agents(): AgentView[] {
    const views: AgentView[] = [];
    for (const entry of this.#book.entries) if (entry.record !== undefined) views.push(viewOf(entry, entry.record));
    return views;
  }

  agent(agentId: string): AgentView | undefined {
    const entry = this.#book.find(agentId);
    return entry?.record === undefined ? undefined : viewOf(entry, entry.record);
  }

  /** A copy of the head's content, or undefined when the agent is not known here. */
  state(agentId: string): Uint8Array | undefined {
    const memory = this.#book.find(agentId)?.memory;
    return memory?.bytes.slice(0, memory.sizeBytes);
  }

  /** Queues a message for an agent, durably; `done` has its number. It is dropped when a durable head has consumed it. */
  sendInput(agentId: string, bytes: Uint8Array, done: InputDone): void {
    const entry = this.#book.find(agentId);
    if (entry?.record !== undefined) {
      this.#putInput(entry, bytes, done);
      return;
    }
    const loaded = this.#book.entryOf(agentId);
    if (loaded.isBusy) {
      done(new StoreError('unknown', `agent ${agentId} is being read; try again`));
      return;
    }
    this.#book.load(loaded, (error) => {
      if (error === undefined && loaded.record !== undefined) {
        this.#readHead(loaded);
        this.#putInput(loaded, bytes, done);
      } else done(error ?? new StoreError('missing', `agent ${agentId} is not known`));
      this.#settled(loaded);
    });
  }

  /** Forgets an agent with all that is retained of it; a board that comes with its pages later starts a new line. */
  forget(agentId: string, done: (error: StoreError | undefined) => void): void {
    const entry = this.#book.entryOf(agentId);
    if (entry.isBusy) {
      done(new StoreError('unknown', `agent ${agentId} is being written; try again`));
      return;
    }
    if (entry.session !== undefined) this.#endSession(entry.session);
    entry.isBusy = true;
    this.#store.forget(agentId, (error) => {
      entry.isBusy = false;
      if (error === undefined) this.#book.drop(agentId);
      done(error);
    });
  }

  // Hello

  #onHello(nowMs: number, link: LinkState): void {
    const hello = this.#hello;
    if (!hello.read(link.gate.reader)) {
      this.counters.badFields++;
      return;
    }
    this.counters.hellos++;
    const session = link.session;
    if (session !== undefined && session.helloNonce === hello.helloNonce && session.bootNonce === hello.bootNonce) {
      link.isWelcomeDue = true;
      return;
    }
    const isWaiting = link.isHelloPending || link.granting !== undefined;
    if (isWaiting && link.hello.helloNonce === hello.helloNonce) return;
    link.hello.copyFrom(hello);
    link.isHelloPending = true;
    link.probe = undefined;
    this.#judge(nowMs, link);
  }

  /** Answers the pending hello of a link, now or when what it waits for is settled. */
  #judge(nowMs: number, link: LinkState): void {
    const hello = link.hello;
    const entry = this.#book.entryOf(toHex(hello.agentId));
    if (entry.isBusy) {
      this.#wait(entry, link);
    } else if (entry.memory === undefined) {
      this.#load(entry, link);
    } else {
      this.#decide(nowMs, entry, link);
    }
  }

  /** The newest hello waits. The one before it is judged when it comes again. */
  #wait(entry: AgentEntry, link: LinkState): void {
    if (entry.waiting !== undefined && entry.waiting !== link) entry.waiting.isHelloPending = false;
    entry.waiting = link;
  }

  #load(entry: AgentEntry, link: LinkState): void {
    this.#wait(entry, link);
    const sizeBytes = link.hello.sizeBytes;
    this.#book.load(entry, (error) => {
      if (error !== undefined) {
        this.#refuse(link, REFUSED_BUSY, BUSY_RETRY_MS);
        entry.waiting = undefined;
        return;
      }
      if (entry.record === undefined) entry.adoptEmpty(sizeBytes, this.#book.pool);
      else this.#readHead(entry);
      this.#settled(entry);
    });
  }

  #decide(nowMs: number, entry: AgentEntry, link: LinkState): void {
    const hello = link.hello;
    const record = entry.record;
    if (record !== undefined) {
      const refusal = refusalOf(hello, record);
      if (refusal !== undefined) {
        this.#refuse(link, refusal.reason, refusal.retryAfterMs);
        this.#event(entry.agentId, 'refused', { reason: refusal.reason, link: link.end.name, text: refusal.text });
        return;
      }
    } else if (entry.memory!.sizeBytes !== hello.sizeBytes) {
      entry.adoptEmpty(hello.sizeBytes, this.#book.pool);
    }
    if (entry.memory!.pageCount > this.#book.pool.cellCount) {
      const text = `a state of ${entry.memory!.pageCount} pages; the host stages ${this.#book.pool.cellCount} at most`;
      this.#refuse(link, REFUSED_SIZE, REFUSED_RETRY_MS);
      this.#event(entry.agentId, 'refused', { reason: REFUSED_SIZE, link: link.end.name, text });
      return;
    }
    const current = entry.session;
    if (current !== undefined && this.#mayBeClone(current, link)) {
      link.probe = new CloneProbe(nowMs, current, hello.bootNonce);
      this.#listener.onWake(link.linkId);
      return;
    }
    this.#admit(entry, link);
  }

  /** A board with another boot nonce, where the first could still be alive: not at the end of the wire that the hello came from. */
  #mayBeClone(current: Session, link: LinkState): boolean {
    const sameWire = current.link === link && !link.end.shared;
    return current.bootNonce !== link.hello.bootNonce && !sameWire;
  }

  #pollProbe(nowMs: number, link: LinkState): void {
    const probe = link.probe!;
    const found = probe.poll(nowMs);
    if (found === PROBE_WAITING) return;
    link.probe = undefined;
    if (found === PROBE_ALIVE) {
      this.#refuse(link, REFUSED_CLONE, CLONE_RETRY_MS);
      this.#event(probe.first.entry.agentId, 'clone', { link: link.end.name, first: probe.first.link.end.name });
      return;
    }
    if (!probe.first.isEnded) this.#endSession(probe.first);
    this.#judge(nowMs, link);
  }

  #admit(entry: AgentEntry, link: LinkState): void {
    const before = entry.record;
    const head = { epoch: before?.epoch ?? 0, headEpoch: before?.headEpoch ?? 0, sequence: before?.sequence ?? 0, digest: entry.digest };
    const admission = admit(link.hello, head);
    if (entry.session !== undefined) this.#endSession(entry.session);
    if (link.session !== undefined) this.#endSession(link.session);
    link.isHelloPending = false;
    link.granting = link.hello.helloNonce;
    this.#book.grant(entry, link.hello, admission.epoch, (error) => {
      link.granting = undefined;
      const isCurrent = this.#links.get(link.linkId) === link && !link.isHelloPending;
      if (error !== undefined) this.#reload(entry, isCurrent ? link : undefined);
      else if (isCurrent) this.#welcome(entry, link, admission);
      this.#settled(entry);
    });
    if (admission.diverged) {
      const { sequence, acknowledgedSequence, epoch } = link.hello;
      this.#event(entry.agentId, 'divergence', {
        headEpoch: head.epoch,
        headSequence: head.sequence,
        boardEpoch: epoch,
        boardSequence: sequence,
        commonSequence: acknowledgedSequence,
        newEpoch: admission.epoch,
      });
    }
  }

  #welcome(entry: AgentEntry, link: LinkState, admission: Admission): void {
    const record = entry.record!;
    const consumed = record.runtimeBlock ? this.#book.consumedInputs(entry) : -1;
    const session = new Session(entry, link, link.hello, admission, consumed, this.#windowFrames, this, this.counters);
    entry.session = session;
    entry.lastHeardMs = this.#nowMs;
    entry.boardSequence = Math.max(entry.boardSequence, record.sequence, link.hello.sequence);
    link.setSession(session);
    welcomeOf(link.welcome, link.hello, record, entry, admission, this.#windowFrames);
    link.isWelcomeDue = true;
    this.counters.sessions++;
    this.#askForSchema(session, record.fingerprint);
    this.#listener.onSession(entry.agentId, link.linkId);
    this.#listener.onWake(link.linkId);
  }

  #refuse(link: LinkState, reason: number, retryAfterMs: number): void {
    link.refused.helloNonce = link.hello.helloNonce;
    link.refused.reason = reason;
    link.refused.retryAfterMs = retryAfterMs;
    link.isRefusedDue = true;
    link.isHelloPending = false;
    this.counters.refusals++;
    this.#listener.onWake(link.linkId);
  }

  // Durable things

  /** A pending hello of this agent can be judged now. */
  #settled(entry: AgentEntry): void {
    const link = entry.waiting;
    if (link === undefined || entry.isBusy) return;
    entry.waiting = undefined;
    if (this.#links.get(link.linkId) === link && link.isHelloPending && link.probe === undefined) this.#judge(this.#nowMs, link);
  }

  append(session: Session, sequence: number, digest: number): void {
    const entry = session.entry;
    this.#book.append(entry, sequence, digest, (error) => {
      if (error !== undefined) {
        this.#event(entry.agentId, 'append-failed', { sequence, code: error.code, message: error.message });
        if (!session.isEnded) this.#endSession(session);
        this.#reload(entry, undefined);
        return;
      }
      const consumed = this.#readHead(entry);
      if (!session.isEnded) {
        session.hostLink.durable(sequence, consumed);
        this.#listener.onWake(session.link.linkId);
      }
      this.#listener.onHead(entry.agentId, sequence);
      this.#wakeRoomless();
      this.#settled(entry);
    });
  }

  /** Nobody knows what the store holds: read it again, then let the board say hello. */
  #reload(entry: AgentEntry, link: LinkState | undefined): void {
    entry.memory = undefined;
    entry.target?.drop();
    entry.target = undefined;
    if (link !== undefined) this.#refuse(link, REFUSED_BUSY, BUSY_RETRY_MS);
    this.#settled(entry);
  }

  /** Takes inputs and outputs out of a new durable head; returns the newest input that it has consumed. */
  #readHead(entry: AgentEntry): number {
    const record = entry.record!;
    if (!record.runtimeBlock) return -1;
    const state = entry.memory!.bytes;
    const consumed = this.#book.consumedInputs(entry);
    if (entry.inputs.dropUpTo(consumed)) this.#store.dropInputs(entry.agentId, consumed, ignore);
    for (const output of this.#book.runtime.outputs(state, entry.releasedSequence, record.sequence))
      this.#listener.onOutput(entry.agentId, output);
    entry.releasedSequence = record.sequence;
    return consumed;
  }

  #putInput(entry: AgentEntry, bytes: Uint8Array, done: InputDone): void {
    if (!entry.record!.runtimeBlock) {
      done(new StoreError('invalid', `agent ${entry.agentId} takes no messages: its state has no runtime block`));
    } else if (bytes.length > INPUT_BYTES_MAX) {
      done(new StoreError('invalid', `a message of ${bytes.length} bytes; at most ${INPUT_BYTES_MAX} fit`));
    } else if (entry.inputs.count >= this.#inputsMax) {
      done(new StoreError('invalid', `agent ${entry.agentId} has ${entry.inputs.count} messages waiting, the most it may have`));
    } else {
      const input = { number: entry.inputs.reserve(), bytes: bytes.slice() };
      this.#store.putInput(entry.agentId, input, (error) => {
        if (error !== undefined) {
          done(error);
          return;
        }
        entry.inputs.add(input);
        entry.session?.hostLink.wakeInputs();
        if (entry.session !== undefined) this.#listener.onWake(entry.session.link.linkId);
        done(undefined, input.number);
      });
    }
  }

  #askForSchema(session: Session, fingerprint: string): void {
    if (!session.mayHaveSchema) return;
    this.#store.getSchema(fingerprint, (error, schema) => {
      if (error !== undefined || schema !== undefined || session.isEnded) return;
      session.wantSchema();
      this.#listener.onWake(session.link.linkId);
    });
  }

  // What sessions ask for

  schema(session: Session, bytes: Uint8Array): void {
    this.#store.putSchema(session.entry.record!.fingerprint, bytes, ignore);
  }

  roomWanted(session: Session): void {
    if (!this.#roomless.includes(session)) this.#roomless.push(session);
    // Pages of torn deltas whose boards are away make room first.
    for (const entry of this.#book.entries) if (entry.session === undefined && !entry.isBusy) entry.target?.drop();
    this.#wakeRoomless();
  }

  refilled(session: Session): void {
    this.#listener.onSession(session.entry.agentId, session.link.linkId);
  }

  output(session: Session, sequence: number, index: number, bytes: Uint8Array): void {
    this.#listener.onOutput(session.entry.agentId, { sequence, index, bytes, committed: false });
  }

  report(session: Session, code: number, text: Uint8Array): void {
    this.#event(session.entry.agentId, 'report', { code, text: new TextDecoder().decode(text) });
  }

  wake(session: Session): void {
    this.#listener.onWake(session.link.linkId);
  }

  #wakeRoomless(): void {
    while (this.#roomless.length > 0) {
      const session = this.#roomless[0]!;
      if (!session.isEnded && !this.#book.hasRoom(session.entry)) return;
      this.#roomless.shift();
      if (session.isEnded) continue;
      session.hostLink.grantCredit();
      this.#listener.onWake(session.link.linkId);
    }
  }

  #endSession(session: Session): void {
    session.end();
    this.#listener.onSession(session.entry.agentId, -1);
    this.#wakeRoomless();
  }

  #event(agentId: string, kind: string, detail: Record<string, unknown>): void {
    const event = { kind, detail: JSON.stringify(detail) };
    this.#store.putEvent(agentId, event, ignore);
    this.#listener.onEvent(agentId, kind, event.detail);
  }

  // Frames

  #build(nowMs: number, link: LinkState): number {
    const builder = this.#builder;
    if (link.isWelcomeDue) {
      link.isWelcomeDue = false;
      builder.begin(KIND_WELCOME);
      link.welcome.write(builder);
    } else if (link.isRefusedDue) {
      link.isRefusedDue = false;
      builder.begin(KIND_REFUSED);
      link.refused.write(builder);
    } else if (link.isNoSessionDue) {
      link.isNoSessionDue = false;
      if (link.session !== undefined) return 0;
      builder.begin(KIND_NO_SESSION);
    } else if (link.session?.hostLink.poll(nowMs, builder)) {
      return builder.seal(link.session.seed);
    } else {
      return 0;
    }
    return builder.seal(this.#zeroSeed);
  }

  #linkDueMs(nowMs: number, link: LinkState): number {
    if (link.isWelcomeDue || link.isRefusedDue || link.isNoSessionDue) return nowMs;
    const probeMs = link.probe?.dueMs ?? Number.POSITIVE_INFINITY;
    return Math.min(probeMs, link.session?.hostLink.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
  }
}

function ignore(): void {}
