import type { BoardLink } from '../link/board-link.js';
import type { PageMemory } from '../memory/page-memory.js';
import { type CheckpointSlots, Checkpoints } from './checkpoint.js';

export const DEFAULT_CHECKPOINT_EVERY_MS = 600_000;
export const DEFAULT_HOST_AWAY_MS = 10_000;

export interface HostAwayOptions {
  /** Wanted by agents with whenHostAway 'run'. */
  readonly checkpoint?: CheckpointSlots;
  /** Default 600,000: a flash page of 100,000 cycles then lasts for two years of daily change. */
  readonly checkpointEveryMs?: number;
  /** No session for so long: the host is away. Default 10,000. */
  readonly hostAwayMs?: number;
}

/** How an agent that does not wait for its host goes on without it: checkpoints, and the decision to start from one. */
export class HostAway {
  readonly #link: BoardLink;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #checkpointEveryMs: number;
  readonly #hostAwayMs: number;
  #hostSeenMs = Number.NaN;
  #savedMs = Number.NEGATIVE_INFINITY;
  #savedSequence = -1;
  #savedEpoch = -1;

  constructor(link: BoardLink, memory: PageMemory, fingerprint: Uint8Array, runs: boolean, options: HostAwayOptions) {
    this.#link = link;
    this.#checkpoints = runs && options.checkpoint !== undefined ? new Checkpoints(options.checkpoint, memory, fingerprint) : undefined;
    this.#checkpointEveryMs = options.checkpointEveryMs ?? DEFAULT_CHECKPOINT_EVERY_MS;
    this.#hostAwayMs = options.hostAwayMs ?? DEFAULT_HOST_AWAY_MS;
  }

  observe(nowMs: number): void {
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
   * Saves a running agent now and then, and at once in a new epoch: from a checkpoint of an older one the host would not take it
   * back. Between turns only. Returns whether it did.
   */
  saveIfDue(nowMs: number): boolean {
    return (this.#link.epoch !== this.#savedEpoch || nowMs >= this.#savedMs + this.#checkpointEveryMs) && this.save(nowMs);
  }

  /** Saves a running agent if it has changed since. */
  save(nowMs: number): boolean {
    if (this.#checkpoints === undefined || this.#link.sequence === this.#savedSequence) return false;
    this.#checkpoints.save(this.#link);
    this.#savedMs = nowMs;
    this.#savedEpoch = this.#link.epoch;
    this.#savedSequence = this.#link.sequence;
    return true;
  }
}
