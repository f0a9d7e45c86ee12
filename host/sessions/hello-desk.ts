import { HELLO_VACANT, REFUSED_BUSY, REFUSED_CLONE, REFUSED_SIZE } from '../../src/wire/constants.js';
import { HelloMessage } from '../../src/wire/hello.js';
import type { Coordinator } from '../migration/coordinator.js';
import type { AgentEntry } from './agent-entry.js';
import { CloneProbe, PROBE_ALIVE, PROBE_WAITING } from './clone-probe.js';
import type { SessionsContext } from './context.js';
import type { HeadKeeper } from './head-keeper.js';
import { type Admission, admit, REFUSED_RETRY_MS, type Refusal, refusalOf } from './hello-decision.js';
import { toHex } from './hex.js';
import type { LinkState } from './link-state.js';
import { Session, type SessionOwner } from './session.js';
import { welcomeOf } from './welcome.js';

/** A refused clone, and a board whose agent cannot be read or granted now, ask again after this. */
export const CLONE_RETRY_MS = 5000;
export const BUSY_RETRY_MS = 1000;

/**
 * Answers hellos. An answer waits until every write of that agent has ended, and a welcome until its session is granted durably; of
 * several boards that wait for one agent the newest is judged, the others when they say hello again.
 */
export class HelloDesk {
  readonly #context: SessionsContext;
  readonly #heads: HeadKeeper;
  readonly #owner: SessionOwner;
  readonly #moves: Coordinator;
  readonly #windowFrames: number;
  readonly #hello = new HelloMessage();

  constructor(context: SessionsContext, heads: HeadKeeper, owner: SessionOwner, moves: Coordinator, windowFrames: number) {
    this.#context = context;
    this.#heads = heads;
    this.#owner = owner;
    this.#moves = moves;
    this.#windowFrames = windowFrames;
  }

  /** A frame of kind HELLO passed the gate of this link. */
  take(nowMs: number, link: LinkState): void {
    const hello = this.#hello;
    if (!hello.read(link.gate.reader)) {
      this.#context.counters.badFields++;
      return;
    }
    this.#context.counters.hellos++;
    if ((hello.flags & HELLO_VACANT) !== 0) {
      this.#moves.vacantHello(nowMs, link, hello);
      return;
    }
    this.#moves.linkLeft(link);
    link.isNoSessionDue = false;
    const session = link.session;
    if (session !== undefined && session.helloNonce === hello.helloNonce && session.bootNonce === hello.bootNonce) {
      link.isWelcomeDue = true;
      return;
    }
    const isWaiting = link.isHelloPending || link.granting !== undefined;
    if (isWaiting && link.hello.helloNonce === hello.helloNonce) return;
    link.hello.copyFrom(hello);
    link.helloMs = nowMs;
    link.isHelloPending = true;
    link.probe = undefined;
    this.#judge(nowMs, link);
  }

  /** A write of this agent ended. */
  settled(entry: AgentEntry): void {
    const link = entry.waiting;
    if (link === undefined || entry.isBusy) return;
    entry.waiting = undefined;
    const isThere = this.#context.links.get(link.linkId) === link;
    if (isThere && link.isHelloPending && link.probe === undefined) this.#judge(this.#context.nowMs, link);
  }

  /** Asks the first of two boards for a sign of life, and answers the second when it is known. */
  pollProbe(nowMs: number, link: LinkState): void {
    const probe = link.probe!;
    const found = probe.poll(nowMs);
    if (found === PROBE_WAITING) return;
    link.probe = undefined;
    if (found === PROBE_ALIVE) {
      this.#refuse(link, REFUSED_CLONE, CLONE_RETRY_MS);
      this.#context.event(probe.first.entry.agentId, 'clone', { link: link.end.name, first: probe.first.link.end.name });
      return;
    }
    if (!probe.first.isEnded) this.#context.endSession(probe.first);
    this.#judge(nowMs, link);
  }

  #judge(nowMs: number, link: LinkState): void {
    const { book } = this.#context;
    const agentId = toHex(link.hello.agentId);
    if (book.find(agentId) === undefined && !book.mayAdd(link.hello.sizeBytes)) {
      this.#refuse(link, REFUSED_BUSY, REFUSED_RETRY_MS);
      return;
    }
    const entry = book.entryOf(agentId);
    if (entry.isBusy) this.#wait(entry, link);
    else if (entry.memory === undefined) this.#load(entry, link);
    else this.#decide(nowMs, entry, link);
  }

  #wait(entry: AgentEntry, link: LinkState): void {
    if (entry.waiting !== undefined && entry.waiting !== link) entry.waiting.isHelloPending = false;
    entry.waiting = link;
  }

  #load(entry: AgentEntry, link: LinkState): void {
    this.#wait(entry, link);
    this.#context.book.load(entry, (error) => {
      const waiting = entry.waiting;
      if (error !== undefined) {
        entry.waiting = undefined;
        if (waiting !== undefined) this.#refuse(waiting, REFUSED_BUSY, BUSY_RETRY_MS);
        return;
      }
      if (entry.record !== undefined) {
        this.#heads.readHead(entry);
        this.#moves.loaded(this.#context.nowMs, entry);
      } else if (waiting !== undefined) entry.adoptEmpty(waiting.hello.sizeBytes, this.#context.book.pool);
      this.#context.settled(entry);
    });
  }

  #decide(nowMs: number, entry: AgentEntry, link: LinkState): void {
    const { book, listener } = this.#context;
    if (entry.record === undefined && entry.memory!.sizeBytes !== link.hello.sizeBytes) entry.adoptEmpty(link.hello.sizeBytes, book.pool);
    const refusal = this.#refusal(entry, link);
    if (refusal !== undefined) {
      this.#refuse(link, refusal.reason, refusal.retryAfterMs);
      const detail = { reason: refusal.reason, link: link.end.name, text: refusal.text };
      if (entry.record !== undefined) this.#context.event(entry.agentId, 'refused', detail);
      return;
    }
    const current = entry.session;
    if (current !== undefined && mayBeClone(current, link)) {
      link.probe = new CloneProbe(nowMs, current, link.hello.bootNonce);
      listener.onWake(link.linkId);
      return;
    }
    this.#admit(entry, link);
  }

  #refusal(entry: AgentEntry, link: LinkState): Refusal | undefined {
    const { pool } = this.#context.book;
    const moving = entry.record === undefined ? undefined : this.#moves.refusal(entry, link.hello);
    const refusal = moving ?? (entry.record === undefined ? undefined : refusalOf(link.hello, entry.record));
    const pageCount = entry.memory!.pageCount;
    if (refusal !== undefined || pageCount <= pool.cellCount) return refusal;
    const text = `a state of ${pageCount} pages; the host stages ${pool.cellCount} at most`;
    return { reason: REFUSED_SIZE, retryAfterMs: REFUSED_RETRY_MS, text };
  }

  #admit(entry: AgentEntry, link: LinkState): void {
    const context = this.#context;
    const before = entry.record;
    const head = { epoch: before?.epoch ?? 0, headEpoch: before?.headEpoch ?? 0, sequence: before?.sequence ?? 0, digest: entry.digest };
    const admission = admit(link.hello, head, this.#moves.isHeld(entry));
    if (entry.session !== undefined) context.endSession(entry.session);
    if (link.session !== undefined) context.endSession(link.session);
    link.isHelloPending = false;
    const { helloNonce } = link.hello;
    link.granting = helloNonce;
    context.book.grant(entry, link.hello, admission.epoch, (error) => {
      link.granting = undefined;
      // A hello that changed while its session was being granted is judged anew: now, or, if another board waits, when it comes again.
      const isCurrent = context.links.get(link.linkId) === link && !link.isHelloPending && link.hello.helloNonce === helloNonce;
      if (error !== undefined) {
        if (isCurrent) this.#refuse(link, REFUSED_BUSY, BUSY_RETRY_MS);
        this.#heads.reload(entry);
        return;
      }
      if (isCurrent) this.#welcome(entry, link, admission);
      context.settled(entry);
    });
    if (!admission.diverged) return;
    const { sequence, acknowledgedSequence, epoch } = link.hello;
    context.event(entry.agentId, 'divergence', {
      headEpoch: head.epoch,
      headSequence: head.sequence,
      boardEpoch: epoch,
      boardSequence: sequence,
      commonSequence: acknowledgedSequence,
      newEpoch: admission.epoch,
    });
  }

  #welcome(entry: AgentEntry, link: LinkState, admission: Admission): void {
    const { book, listener, counters, nowMs } = this.#context;
    const record = entry.record!;
    const consumed = record.runtimeBlock ? book.consumedInputs(entry) : -1;
    const session = new Session(entry, link, link.hello, admission, consumed, this.#windowFrames, this.#owner, counters);
    entry.session = session;
    entry.lastHeardMs = nowMs;
    entry.boardSequence = Math.max(entry.boardSequence, record.sequence, link.hello.sequence);
    link.setSession(session);
    welcomeOf(link.welcome, link.hello, record, entry, admission, this.#windowFrames);
    link.isWelcomeDue = true;
    counters.sessions++;
    this.#askForSchema(session, record.fingerprint);
    listener.onSession(entry.agentId, link.linkId);
    listener.onWake(link.linkId);
    this.#moves.welcomed(nowMs, entry, link);
  }

  #refuse(link: LinkState, reason: number, retryAfterMs: number): void {
    link.refused.helloNonce = link.hello.helloNonce;
    link.refused.reason = reason;
    link.refused.retryAfterMs = retryAfterMs;
    link.isRefusedDue = true;
    link.isHelloPending = false;
    this.#context.counters.refusals++;
    this.#context.listener.onWake(link.linkId);
  }

  #askForSchema(session: Session, fingerprint: string): void {
    if (!session.mayHaveSchema) return;
    this.#context.store.getSchema(fingerprint, (error, schema) => {
      if (error !== undefined || schema !== undefined || session.isEnded) return;
      session.wantSchema();
      this.#context.listener.onWake(session.link.linkId);
    });
  }
}

/** A board with another boot nonce, where the first could still be alive: not at the end of the wire that the hello came from. */
function mayBeClone(current: Session, link: LinkState): boolean {
  const sameWire = current.link === link && !link.end.shared;
  return current.bootNonce !== link.hello.bootNonce && !sameWire;
}
