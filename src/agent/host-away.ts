import type { BoardLink } from '../link/board-link.js';
import type { PageMemory } from '../memory/page-memory.js';
import { type CheckpointSlots, Checkpoints } from './checkpoint.js';
import type { AgentDefinition } from './definition.js';

export const DEFAULT_CHECKPOINT_EVERY_MS = 600_000;
export const DEFAULT_HOST_AWAY_MS = 10_000;
/** Between two stalls the link is served for so long. */
export const SERVE_MS = 50;

export interface HostAwayOptions {
  /** Wanted by agents with whenHostAway 'run'. */
  readonly checkpoint?: CheckpointSlots;
  /** Default 600,000: two slots of 100,000 erases each last for 3.8 years of an agent that changes all the time. */
  readonly checkpointEveryMs?: number;
  /** A board that has a checkpoint writes none so soon after its start: one that restarts all the time must not wear out its flash. Default 0. */
  readonly checkpointFirstMs?: number;
  /** No session for so long: the host is away. Default 10,000. */
  readonly hostAwayMs?: number;
}

/** How an agent that does not wait for its host goes on without it: checkpoints, and the decision to start from one. */
export class HostAway {
  /** Checkpoints that the flash refused. */
  failures = 0;
  readonly #link: BoardLink;
  readonly #checkpoints: Checkpoints | undefined;
  /** Erasing and writing stall the board: one step at a time, and the host holds meanwhile. */
  readonly #stalls: boolean;
  readonly #everyMs: number;
  readonly #firstMs: number;
  readonly #hostAwayMs: number;
  #hostSeenMs = Number.NaN;
  #startedMs = Number.NaN;
  #savedMs = Number.NEGATIVE_INFINITY;
  #savedSequence = -1;
  #savedEpoch = -1;
  #isSaving = false;
  #stepMs = 0;

  constructor(link: BoardLink, memory: PageMemory, agent: AgentDefinition, options: HostAwayOptions & { readonly boardId: Uint8Array }) {
    const slots = agent.whenHostAway === 'run' ? options.checkpoint : undefined;
    this.#link = link;
    this.#checkpoints = slots && new Checkpoints(slots, memory, agent.state.fingerprint, options.boardId, link.agentId);
    this.#stalls = options.checkpoint?.blockCount !== undefined;
    this.#everyMs = options.checkpointEveryMs ?? DEFAULT_CHECKPOINT_EVERY_MS;
    this.#firstMs = options.checkpointFirstMs ?? 0;
    this.#hostAwayMs = options.hostAwayMs ?? DEFAULT_HOST_AWAY_MS;
    try {
      this.#checkpoints?.dropForeign();
    } catch {
      // They are not read all the same, and dropped before the board is given another agent.
      this.failures++;
    }
  }

  /** What is saved is of another agent. False: it could not be erased. */
  drop(): boolean {
    this.stopSaving();
    this.#savedSequence = -1;
    this.#savedEpoch = -1;
    try {
      this.#checkpoints?.drop();
    } catch {
      this.failures++;
      return false;
    }
    return true;
  }

  observe(nowMs: number): void {
    if (Number.isNaN(this.#startedMs)) this.#startedMs = nowMs;
    if (this.#link.session !== 0 || Number.isNaN(this.#hostSeenMs)) this.#hostSeenMs = nowMs;
  }

  /** When an agent without a state stops waiting for the host; Infinity: never. */
  get dueMs(): number {
    return this.#checkpoints === undefined || this.#link.isFenced ? Number.POSITIVE_INFINITY : this.#hostSeenMs + this.#hostAwayMs;
  }

  /** Fills the memory from the newest checkpoint. False: there is none, and the wait begins anew. */
  restore(nowMs: number): boolean {
    if (this.#checkpoints!.restore()) return true;
    this.#hostSeenMs = nowMs;
    return false;
  }

  /** The memory is a state of this agent: it goes on from there, as a line of its own if the host has gone on too. */
  startAlone(): void {
    const { epoch, sequence, acknowledgedSequence, acknowledgedDigest } = this.#checkpoints!;
    this.#link.startAlone(epoch, sequence, acknowledgedSequence, acknowledgedDigest);
  }

  /**
   * Saves a running agent now and then, and early in a new epoch; on flash that stalls the board it takes a step of that. Between turns
   * only. Returns whether a checkpoint was finished.
   */
  saveIfDue(nowMs: number): boolean {
    if (this.#isSaving) return this.#step(nowMs);
    if (this.#checkpoints === undefined || !this.#isDue(nowMs)) return false;
    if (!this.#stalls) return this.save(nowMs);
    this.#isSaving = true;
    this.#stepMs = nowMs;
    return this.#step(nowMs);
  }

  /** When a save that has begun goes on; Infinity: none has. */
  saveDueMs(nowMs: number): number {
    if (!this.#isSaving) return Number.POSITIVE_INFINITY;
    return nowMs < this.#stepMs ? this.#stepMs : this.#link.receivingPausedMs(nowMs);
  }

  /** The agent does not run any more. What is erased is erased. */
  stopSaving(): void {
    if (!this.#isSaving) return;
    this.#isSaving = false;
    this.#link.resumeReceiving();
  }

  /** Saves a running agent at once, if it has changed since. */
  save(nowMs: number): boolean {
    if (this.#checkpoints === undefined || this.#link.sequence === this.#savedSequence) return false;
    this.stopSaving();
    return this.#write(nowMs);
  }

  #isDue(nowMs: number): boolean {
    if (this.#link.sequence === this.#savedSequence) return false;
    const isNewEpoch = this.#link.epoch !== this.#savedEpoch;
    if (!isNewEpoch && nowMs < this.#savedMs + this.#everyMs) return false;
    return nowMs >= this.#startedMs + this.#firstMs || !this.#checkpoints!.hasAny;
  }

  /** Erases a block, or writes, once nothing comes in any more; then the link has its turn. */
  #step(nowMs: number): boolean {
    if (nowMs < this.#stepMs) return false;
    this.#link.pauseReceiving(nowMs);
    if (!this.#link.isReceivingPaused(nowMs)) return false;
    const isLast = this.#checkpoints!.isErased;
    const isSaved = isLast ? this.#write(nowMs) : this.#erase(nowMs);
    this.#stepMs = nowMs + SERVE_MS;
    this.#isSaving = !isLast && this.#isSaving;
    this.#link.resumeReceiving();
    return isSaved;
  }

  #erase(nowMs: number): false {
    try {
      this.#checkpoints!.eraseBlock();
    } catch {
      this.#failed(nowMs);
      this.#isSaving = false;
    }
    return false;
  }

  #write(nowMs: number): boolean {
    try {
      this.#checkpoints!.save(this.#link);
    } catch {
      this.#failed(nowMs);
      return false;
    }
    this.#saved(nowMs);
    return true;
  }

  #saved(nowMs: number): void {
    this.#savedMs = nowMs;
    this.#savedEpoch = this.#link.epoch;
    this.#savedSequence = this.#link.sequence;
  }

  /** The other slot is whole. The flash is left alone for as long as after a success. */
  #failed(nowMs: number): void {
    this.failures++;
    this.#savedMs = nowMs;
    this.#savedEpoch = this.#link.epoch;
  }
}
