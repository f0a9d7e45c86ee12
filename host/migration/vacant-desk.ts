import { REFUSED_BUSY, REFUSED_CLONE, REFUSED_VACANT } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { SessionsContext } from '../sessions/context.js';
import { toHex } from '../sessions/hex.js';
import type { LinkState } from '../sessions/link-state.js';
import { incompatibility } from './compatibility.js';
import { type GuestContent, type GuestOwner, GuestSession } from './guest.js';
import type { Migration } from './migration.js';
import type { MoveTable } from './move-table.js';
import type { Mover } from './mover.js';
import type { OpenPlans } from './open-plans.js';
import { VACANT_RETRY_MS, type VacantBoards } from './vacant-boards.js';

/** A vacant board whose agent is being read or written now asks again after this. */
const SOON_MS = 300;
const CLONE_RETRY_MS = 5000;
/** A guest that was not heard for so long may be gone: another board with its identity is let in. */
const GUEST_SILENT_MS = 5000;

export interface VacantDeskParts {
  readonly context: SessionsContext;
  readonly vacant: VacantBoards;
  readonly table: MoveTable;
  readonly plans: OpenPlans;
  readonly mover: Mover;
  readonly guests: GuestOwner;
  /** Guest sessions are numbered from here: a number that no other life of a host used. */
  readonly guestSessionBase: number;
}

/** Answers the hellos of vacant boards: one that a move goes to is prepared, any other waits to be called. */
export class VacantDesk {
  readonly #parts: VacantDeskParts;
  #nextGuestSession: number;

  constructor(parts: VacantDeskParts) {
    this.#parts = parts;
    this.#nextGuestSession = parts.guestSessionBase;
  }

  /** It is the guest's hello again, whose answer got lost: the same answer. */
  isRepeated(link: LinkState, hello: HelloMessage): boolean {
    const { guest } = link;
    if (guest?.helloNonce !== hello.helloNonce || guest.bootNonce !== hello.bootNonce) return false;
    link.isWelcomeDue = true;
    return true;
  }

  /** Whether another vacant board with this identity is being prepared, and still there; then this one is refused. */
  isClone(nowMs: number, link: LinkState, hello: HelloMessage): boolean {
    const { context, table } = this.#parts;
    const first = table.moveTo(toHex(hello.boardId))?.guest;
    if (first === undefined || !isOther(nowMs, first, link, hello)) return false;
    this.#refuse(link, hello, REFUSED_CLONE, CLONE_RETRY_MS);
    context.event(first.agentId, 'clone', { link: link.end.name, first: first.link.end.name });
    return true;
  }

  /** The only vacant board with this identity. */
  answer(nowMs: number, link: LinkState, hello: HelloMessage): void {
    const { plans, table } = this.#parts;
    const m = table.moveTo(toHex(hello.boardId));
    if (!plans.isListed) {
      plans.list(nowMs);
      this.#refuse(link, hello, REFUSED_BUSY, SOON_MS);
    } else if (m === undefined) {
      this.#refuse(link, hello, REFUSED_VACANT, VACANT_RETRY_MS);
    } else {
      this.#prepare(nowMs, m, link, hello);
    }
  }

  #prepare(nowMs: number, m: Migration, link: LinkState, hello: HelloMessage): void {
    const { context, mover, vacant } = this.#parts;
    const { record, memory } = m.entry;
    const state = m.isRewinding ? m.content : memory?.bytes.subarray(0, memory.sizeBytes);
    if (m.isBusy || record === undefined || state === undefined) {
      this.#refuse(link, hello, REFUSED_BUSY, SOON_MS);
      mover.step(nowMs, m);
      return;
    }
    const problem = incompatibility(record, vacant.find(nowMs, m.plan.target)!);
    if (problem !== undefined) {
      this.#refuse(link, hello, REFUSED_VACANT, VACANT_RETRY_MS);
      if (m.isGranted) m.reason = problem;
      else mover.abort(m, problem);
      return;
    }
    const sequence = m.wantedSequence;
    const usedSequence = Math.max(m.entry.boardSequence, record.sequence, sequence);
    const content: GuestContent = { agentId: m.agentId, state, sequence, usedSequence, epoch: record.epoch + 1 };
    m.leaveGuest();
    m.roundMs = nowMs;
    m.roundBytes = m.bytesDown;
    m.guest = new GuestSession(nowMs, link, hello, content, this.#nextGuestSession++, this.#parts.guests, context.counters);
    link.setGuest(m.guest);
    link.isWelcomeDue = true;
    context.counters.sessions++;
    context.listener.onWake(link.linkId);
    mover.step(nowMs, m);
  }

  #refuse(link: LinkState, hello: HelloMessage, reason: number, retryAfterMs: number): void {
    const { counters, listener } = this.#parts.context;
    link.refused.helloNonce = hello.helloNonce;
    link.refused.reason = reason;
    link.refused.retryAfterMs = retryAfterMs;
    link.isRefusedDue = true;
    counters.refusals++;
    listener.onWake(link.linkId);
  }
}

/** Two vacant boards with one identity: the first one is still there. */
function isOther(nowMs: number, first: GuestSession, link: LinkState, hello: HelloMessage): boolean {
  const sameWire = first.link === link && !link.end.shared;
  return first.bootNonce !== hello.bootNonce && !sameWire && nowMs < first.heardMs + GUEST_SILENT_MS;
}
