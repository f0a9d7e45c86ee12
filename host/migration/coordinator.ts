import { MigrationStats } from '../../src/delta/migration-stats.js';
import { HELLO_FROZEN, REFUSED_BUSY, REFUSED_CLONE, REFUSED_RETIRED, REFUSED_VACANT } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { AgentEntry } from '../sessions/agent-entry.js';
import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import { REFUSED_RETRY_MS, type Refusal } from '../sessions/hello-decision.js';
import { toHex } from '../sessions/hex.js';
import type { LinkState } from '../sessions/link-state.js';
import type { Session } from '../sessions/session.js';
import type { AgentRecord } from '../store/store.js';
import { incompatibility } from './compatibility.js';
import { type GuestContent, type GuestOwner, GuestSession } from './guest.js';
import { Migration } from './migration.js';
import { MoveError } from './move-error.js';
import { Mover } from './mover.js';
import { decodePlan, isOpen } from './plan.js';
import { VACANT_RETRY_MS, VacantBoards } from './vacant-boards.js';

/** A vacant board whose agent is being read or written now asks again after this. */
const SOON_MS = 300;
/** A source whose agent is granted, while its target is not known to run. */
const UNDER_WAY_RETRY_MS = 1000;
const CLONE_RETRY_MS = 5000;
/** A guest that was not heard for so long may be gone: another board with its identity is let in. */
const GUEST_SILENT_MS = 5000;
const GUEST_PAGE_BYTES = 256;

/**
 * The moves of all agents, and the boards that wait for one. Hellos, frames, heads and the store's answers come in; what is to be done is
 * done by the Mover's steps. No timers: `dueMs` and `poll` of the links that take part bring the time.
 */
export class Coordinator implements GuestOwner {
  readonly stats = new MigrationStats();
  readonly vacant = new VacantBoards();
  readonly #context: SessionsContext;
  readonly #heads: HeadKeeper;
  readonly #mover: Mover;
  readonly #moves = new Map<string, Migration>();
  /** Those that are not over: few, and looked at with every frame. */
  readonly #open = new Set<Migration>();
  #nextGuestSession: number;
  /** Plans of agents that no board has asked for since the host's start are read when the first vacant board does. */
  #isListed = false;
  #isListing = false;

  /** @param guestSessionBase guest sessions are numbered from here: a number that no other life of a host used */
  constructor(context: SessionsContext, heads: HeadKeeper, guestSessionBase: number) {
    this.#context = context;
    this.#heads = heads;
    this.#mover = new Mover(context, heads, this.vacant);
    this.#nextGuestSession = guestSessionBase;
  }

  /** The move of this agent, under way or ended since the host's start. */
  find(agentId: string): Migration | undefined {
    return this.#moves.get(agentId);
  }

  get all(): IterableIterator<Migration> {
    return this.#moves.values();
  }

  /** A move whose plan is durable begins, with the next poll of its target's link: an operator's order brings no time. */
  begin(m: Migration): void {
    const before = this.#moves.get(m.agentId);
    before?.leaveGuest();
    if (before !== undefined && !before.isOver) this.#mover.dismiss(before);
    this.#moves.set(m.agentId, m);
    if (before !== undefined) this.#open.delete(before);
    this.#open.add(m);
    m.dueMs = Number.NEGATIVE_INFINITY;
    const { nowMs, listener } = this.#context;
    listener.onMigration?.(m.agentId, m.view(nowMs));
    const board = this.vacant.find(nowMs, m.plan.target);
    if (board !== undefined) listener.onWake(board.link.linkId);
  }

  /** The operator gives it up. Too late once the agent is granted, or the grant is being written. */
  abort(m: Migration): MoveError | undefined {
    if (m.isOver) return new MoveError('nothing', `no move of agent ${m.agentId} is under way`);
    if (m.isGranted || m.phase === 'granting')
      return new MoveError('late', `agent ${m.agentId} is being granted to board ${m.plan.target}`);
    if (m.isBusy || m.entry.isBusy) return new MoveError('busy', `agent ${m.agentId} is being written; try again`);
    if (m.phase !== 'aborting') this.#mover.abort(m, 'given up by the operator');
    return undefined;
  }

  forget(agentId: string): void {
    const m = this.#moves.get(agentId);
    m?.leaveGuest();
    if (m !== undefined && !m.isOver) this.#mover.dismiss(m);
    this.#moves.delete(agentId);
    if (m !== undefined) this.#open.delete(m);
  }

  // What happens

  /** What the store holds of this agent is known. A plan that is open goes on from the record. */
  loaded(nowMs: number, entry: AgentEntry): void {
    const plan = decodePlan(entry.record?.plan);
    if (this.#moves.has(entry.agentId) || plan === undefined) return;
    const m = new Migration(nowMs, entry, plan);
    this.#moves.set(entry.agentId, m);
    if (!isOpen(plan)) return;
    this.#open.add(m);
    const { boardId, sequence } = entry.record!;
    const isGranted = boardId === plan.target && (boardId !== plan.source || sequence >= (plan.newSequence ?? Number.POSITIVE_INFINITY));
    m.phase = isGranted ? 'activating' : 'filling';
    if (plan.phase === 'aborting' && !isGranted) this.#mover.finish(m, 'aborted');
    else if (plan.atSequence !== undefined && !isGranted) this.#readContent(m);
  }

  /** Something was said to a guest: once it is the owner, its lease may run from there. */
  answered(nowMs: number, guest: GuestSession): void {
    const entry = this.#moves.get(guest.agentId)?.entry;
    if (entry?.record?.boardId === guest.boardId) entry.answeredMs = nowMs;
  }

  /** A write or read of this agent ended. */
  settled(entry: AgentEntry): void {
    const m = this.#moves.get(entry.agentId);
    if (m !== undefined) this.#mover.step(this.#context.nowMs, m);
  }

  frozen(nowMs: number, session: Session, sequence: number, digest: number): void {
    const m = this.#moves.get(session.entry.agentId);
    if (m !== undefined && m.source === session) this.#mover.frozen(nowMs, m, sequence, digest);
  }

  guestPrepared(guest: GuestSession): void {
    const m = this.#moves.get(guest.agentId);
    if (m === undefined || m.guest !== guest) return;
    const { nowMs } = this.#context;
    const roundMs = nowMs - m.roundMs;
    const roundBytes = m.bytesDown - m.roundBytes;
    const uncompressedBytes = m.rounds === 0 ? guest.memory.sizeBytes : m.leftPages * GUEST_PAGE_BYTES;
    if (m.rounds === 0) this.stats.recordFull(guest.memory.sizeBytes, roundMs);
    else this.stats.recordIncremental(roundBytes, roundMs);
    this.stats.recordCompression(uncompressedBytes, roundBytes);
    m.rounds++;
    m.convergence.measured(roundBytes, roundMs);
    if (m.phase === 'freezing') m.parts.lastRoundMs = roundMs;
    this.#mover.step(nowMs, m);
  }

  guestReport(guest: GuestSession, code: number, text: Uint8Array): void {
    this.#context.event(guest.agentId, 'report', { board: guest.boardId, code, text: new TextDecoder().decode(text) });
  }

  /** The agent's owner was welcomed. */
  welcomed(nowMs: number, entry: AgentEntry, hello: HelloMessage): void {
    const m = this.#moves.get(entry.agentId);
    if (m !== undefined && !m.isOver) this.#mover.welcomed(nowMs, m, (hello.flags & HELLO_FROZEN) !== 0);
  }

  /** The link is gone, or somebody else speaks on it. */
  linkLeft(link: LinkState): void {
    this.vacant.leave(link);
    for (const m of this.#open) {
      if (m.guest?.link === link) m.leaveGuest();
      else if (m.source?.link !== link || !m.source.isEnded) continue;
      this.#mover.step(this.#context.nowMs, m);
    }
  }

  // Hellos

  /** Why this hello gets no session now, whatever the record says; undefined: the record decides. */
  refusal(entry: AgentEntry, hello: HelloMessage): Refusal | undefined {
    const boardId = toHex(hello.boardId);
    const m = this.#moves.get(entry.agentId);
    if (m === undefined) return undefined;
    const agent = `agent ${entry.agentId}`;
    const ownerId = entry.record!.boardId;
    const isWaitingForLease = m.phase === 'granting' && m.plan.kind === 'restore' && boardId === ownerId;
    if (isWaitingForLease || (m.phase === 'activating' && boardId === m.plan.source && boardId !== ownerId)) {
      return { reason: REFUSED_BUSY, retryAfterMs: UNDER_WAY_RETRY_MS, text: `${agent} is on its way to board ${m.plan.target}` };
    }
    // One that has lost its pages says nothing of epochs; one that knows of a newer epoch than the store is right, and the store is old.
    const hadIt = boardId === m.plan.source || boardId === m.plan.target;
    if (boardId === ownerId || !hadIt || hello.epoch > entry.record!.epoch) return undefined;
    return {
      reason: REFUSED_RETIRED,
      retryAfterMs: REFUSED_RETRY_MS,
      text: `${agent} is board ${ownerId}'s now: board ${boardId} is vacant`,
    };
  }

  /** A frozen board stays so: its last delta is on its way to the target. Any other is thawed by its welcome. */
  isHeld(entry: AgentEntry): boolean {
    const m = this.#moves.get(entry.agentId);
    return m !== undefined && (m.phase === 'freezing' || m.phase === 'granting') && m.plan.source === entry.record?.boardId;
  }

  /** A vacant board said hello. */
  vacantHello(nowMs: number, link: LinkState, hello: HelloMessage): void {
    const guest = link.guest;
    if (guest?.helloNonce === hello.helloNonce && guest.bootNonce === hello.bootNonce) {
      link.isWelcomeDue = true;
      return;
    }
    const boardId = toHex(hello.boardId);
    const m = this.#moveTo(boardId);
    if (m?.guest !== undefined && isOther(nowMs, m.guest, link, hello)) {
      this.#refuse(link, hello, REFUSED_CLONE, CLONE_RETRY_MS);
      this.#context.event(m.agentId, 'clone', { link: link.end.name, first: m.guest.link.end.name });
      return;
    }
    if (link.session !== undefined) this.#context.endSession(link.session);
    link.isHelloPending = false;
    this.linkLeft(link);
    this.vacant.heard(nowMs, link, hello);
    this.#isVacated(nowMs, boardId);
    if (!this.#isListed) {
      this.#list();
      this.#refuse(link, hello, REFUSED_BUSY, SOON_MS);
    } else if (m === undefined) {
      this.#refuse(link, hello, REFUSED_VACANT, VACANT_RETRY_MS);
    } else {
      this.#prepare(nowMs, m, link, hello);
    }
  }

  // Time

  poll(nowMs: number, link: LinkState): void {
    for (const m of this.#open) {
      if (m.isOver) this.#open.delete(m);
      if (m.isOver || !takesPart(m, link, this.vacant)) continue;
      m.timed(nowMs);
      if (nowMs >= m.dueMs) this.#mover.step(nowMs, m);
    }
  }

  dueMs(link: LinkState): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const m of this.#open) if (!m.isOver && takesPart(m, link, this.vacant)) dueMs = Math.min(dueMs, m.dueMs);
    return dueMs;
  }

  #moveTo(boardId: string): Migration | undefined {
    for (const m of this.#open) if (!m.isOver && m.plan.target === boardId && m.phase !== 'retiring' && m.phase !== 'aborting') return m;
    return undefined;
  }

  #isVacated(nowMs: number, boardId: string): void {
    for (const m of this.#moves.values()) {
      if (m.isRetired || m.plan.source !== boardId || (m.phase !== 'retiring' && m.phase !== 'done')) continue;
      m.isRetired = true;
      this.#mover.step(nowMs, m);
    }
  }

  #prepare(nowMs: number, m: Migration, link: LinkState, hello: HelloMessage): void {
    const { entry } = m;
    const { record, memory } = entry;
    const state = m.isRewinding ? m.content : memory?.bytes.subarray(0, memory.sizeBytes);
    if (m.isBusy || record === undefined || state === undefined) {
      this.#refuse(link, hello, REFUSED_BUSY, SOON_MS);
      this.#mover.step(nowMs, m);
      return;
    }
    const problem = incompatibility(record, this.vacant.find(nowMs, m.plan.target)!);
    if (problem !== undefined) {
      this.#refuse(link, hello, REFUSED_VACANT, VACANT_RETRY_MS);
      if (m.isGranted) m.reason = problem;
      else this.#mover.abort(m, problem);
      return;
    }
    const sequence = m.wantedSequence;
    const usedSequence = Math.max(entry.boardSequence, record.sequence, sequence);
    const content: GuestContent = { agentId: m.agentId, state, sequence, usedSequence, epoch: record.epoch + 1 };
    m.leaveGuest();
    m.roundMs = nowMs;
    m.roundBytes = m.bytesDown;
    m.guest = new GuestSession(nowMs, link, hello, content, this.#nextGuestSession++, this, this.#context.counters);
    link.setGuest(m.guest);
    link.isWelcomeDue = true;
    this.#context.counters.sessions++;
    this.#context.listener.onWake(link.linkId);
    this.#mover.step(nowMs, m);
  }

  #refuse(link: LinkState, hello: HelloMessage, reason: number, retryAfterMs: number): void {
    link.refused.helloNonce = hello.helloNonce;
    link.refused.reason = reason;
    link.refused.retryAfterMs = retryAfterMs;
    link.isRefusedDue = true;
    this.#context.counters.refusals++;
    this.#context.listener.onWake(link.linkId);
  }

  /** Reads which moves were under way when the host ended. */
  #list(): void {
    if (this.#isListing) return;
    this.#isListing = true;
    this.#context.store.list((error, records) => {
      this.#isListing = false;
      if (error !== undefined) return;
      this.#isListed = true;
      for (const record of records ?? []) if (isOpen(decodePlan(record.plan))) this.#load(record);
    });
  }

  #load(record: AgentRecord): void {
    const { book } = this.#context;
    const entry = book.entryOf(record.agentId);
    if (entry.record !== undefined || entry.isBusy) return;
    book.load(entry, (error) => {
      if (error === undefined && entry.record !== undefined) {
        this.#heads.readHead(entry);
        this.loaded(this.#context.nowMs, entry);
      }
      this.#context.settled(entry);
    });
  }

  #readContent(m: Migration): void {
    m.isBusy = true;
    this.#context.store.stateAt(m.agentId, m.plan.atSequence!, (error, found) => {
      m.isBusy = false;
      m.content = found?.state;
      if (m.content === undefined) this.#mover.abort(m, error?.message ?? `sequence ${m.plan.atSequence} is not retained any more`);
      else this.#mover.step(this.#context.nowMs, m);
    });
  }
}

/** Two vacant boards with one identity: the first one is still there. */
function isOther(nowMs: number, first: GuestSession, link: LinkState, hello: HelloMessage): boolean {
  const sameWire = first.link === link && !link.end.shared;
  return first.bootNonce !== hello.bootNonce && !sameWire && nowMs < first.heardMs + GUEST_SILENT_MS;
}

function takesPart(m: Migration, link: LinkState, vacant: VacantBoards): boolean {
  return m.guest?.link === link || m.entry.session?.link === link || m.source?.link === link || vacant.isOn(m.plan.target, link);
}
