import type { AgentEntry } from '../sessions/agent-entry.js';
import type { Session } from '../sessions/session.js';
import { Convergence } from './convergence.js';
import type { GuestSession } from './guest.js';
import type { Phase, Plan } from './plan.js';
import { boundMs, DowntimeParts, type MigrationView } from './report.js';

/** A session whose board was not heard for so long stands for a board that is gone. */
const ALIVE_MS = 5000;
const NO_BOUND = { sourceMs: 0, deltaMs: 0, grantMs: 0, targetMs: 0 };

/** The owner has a session, and speaks in it. */
export function hasLiveBoard(nowMs: number, entry: AgentEntry): boolean {
  return entry.session !== undefined && nowMs < entry.lastHeardMs + ALIVE_MS;
}

/** One move of one agent, as this host knows it: the durable plan, and what is under way for it. */
export class Migration {
  readonly entry: AgentEntry;
  plan: Plan;
  phase: Phase;
  /** Content that comes back instead of the head's. */
  content: Uint8Array | undefined;
  guest: GuestSession | undefined;
  /** The guest session that was told of the newest grant; another one needs another grant. */
  activated: GuestSession | undefined;
  /** The session in which the source was told to freeze; after the grant, in which it is told to retire. */
  source: Session | undefined;
  /** It may have frozen. */
  mayBeFrozen = false;
  /** Epoch of the record when the source said that it stands still: no grant of a later one may count on that. 0: it did not say so. */
  frozenEpoch = 0;
  /** Session that ended all others before a lease was waited for, and since when it does; -1: none. */
  fencedSession = -1;
  fencedMs = Number.NEGATIVE_INFINITY;
  /** A call of the store is under way. */
  isBusy = false;
  /** Nobody knows whether the grant under way happened: the store is read before anything else. */
  asked: { readonly boardId: string; readonly epoch: number; readonly session: number; readonly isThaw: boolean } | undefined;
  isUnknown = false;
  /** After the thaw that is under way: try again, or end. */
  isRetrying = false;
  isRetired = false;
  /** How it ended is not durable yet: the next host would take it up again. */
  isUnwritten = false;
  reason = '';
  /** Since when a board that is needed is away; 0: none is. */
  awayMs = 0;
  /** Begun by an operator; nothing was said to a board yet. */
  isNew = false;
  /** When `step` has something to do by itself, and when what is awaited has taken too long. */
  dueMs = Number.POSITIVE_INFINITY;
  limitMs = Number.POSITIVE_INFINITY;
  readonly convergence = new Convergence();
  readonly parts = new DowntimeParts();
  startedMs: number;
  endedMs = 0;
  freezes = 0;
  rounds = 0;
  leftBytes = 0;
  leftPages = 0;
  /** Of guest sessions that are over. */
  #bytesDown = 0;
  #bytesUp = 0;
  /** When the round under way began, and the bytes that had gone down then. */
  roundMs = 0;
  roundBytes = 0;

  constructor(nowMs: number, entry: AgentEntry, plan: Plan) {
    this.entry = entry;
    this.plan = plan;
    this.phase = plan.phase;
    this.startedMs = nowMs;
    this.reason = plan.reason ?? '';
  }

  get agentId(): string {
    return this.entry.agentId;
  }

  get isOver(): boolean {
    return this.phase === 'done' || this.phase === 'aborted';
  }

  /** The record names the target: no way back but another move. */
  get isGranted(): boolean {
    return this.phase === 'activating' || this.phase === 'retiring' || this.phase === 'done';
  }

  get isFrozen(): boolean {
    return this.frozenEpoch > 0 && this.frozenEpoch === this.entry.record?.epoch;
  }

  /** The grant is still to come. A move that is granted and waits for its target may be followed by another one, from there. */
  get isUndecided(): boolean {
    return !this.isOver && !this.isGranted;
  }

  /** What the target is to hold now. */
  get wantedSequence(): number {
    return this.isRewinding ? this.plan.newSequence! : this.entry.record!.sequence;
  }

  /** The content of an older sequence is still to be appended. */
  get isRewinding(): boolean {
    return this.plan.newSequence !== undefined && !this.isGranted;
  }

  get bytesDown(): number {
    return this.#bytesDown + (this.guest?.frameBytesDown ?? 0);
  }

  leaveGuest(): void {
    const guest = this.guest;
    if (guest === undefined) return;
    this.#bytesDown += guest.frameBytesDown;
    this.#bytesUp += guest.frameBytesUp;
    this.guest = undefined;
    guest.end();
  }

  view(nowMs: number): MigrationView {
    const { plan, parts, convergence } = this;
    const bound = parts.downtimeMs > 0 ? parts.bound : NO_BOUND;
    const roundBytes = this.bytesDown - this.roundBytes;
    const stateBytes = this.entry.record?.sizeBytes ?? 0;
    // While the first round is under way nothing else is known.
    const isFirst = this.rounds === 0 && this.guest !== undefined && nowMs > this.roundMs;
    const rate = isFirst ? roundBytes / (nowMs - this.roundMs) : convergence.bytesPerMs;
    const leftBytes = isFirst ? Math.max(0, stateBytes - roundBytes) : this.leftBytes;
    return {
      agentId: this.agentId,
      kind: plan.kind,
      source: plan.source,
      target: plan.target,
      phase: this.phase,
      isRollback: plan.isRollback === true,
      reason: this.reason,
      atSequence: plan.atSequence,
      stateBytes,
      bytesDown: this.bytesDown,
      bytesUp: this.#bytesUp + (this.guest?.frameBytesUp ?? 0),
      rounds: this.rounds,
      leftBytes,
      bytesPerMs: rate,
      leftMs: rate > 0 ? leftBytes / rate : -1,
      predictedDowntimeMs: convergence.predictedMs,
      converges: convergence.converges,
      downtimeMs: parts.downtimeMs || (plan.downtimeMs ?? 0),
      lowerBoundMs: boundMs(bound),
      lowerBound: bound,
      totalMs: (this.endedMs || nowMs) - this.startedMs,
      freezes: this.freezes,
      isRetired: this.isRetired,
    };
  }
}
