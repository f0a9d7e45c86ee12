import type { DeltaSnapshot } from './delta-snapshot.js';
import { DirtyPageTracker } from './dirty-page-tracker.js';
import { MigrationStats } from './migration-stats.js';

const AGENT_MAX_DEFAULT = 256;

/** Follows the states of several agents and migrates them by snapshots of what changed. */
export class IncrementalMigrator {
  readonly stats = new MigrationStats();
  readonly #trackers = new Map<string, DirtyPageTracker>();
  readonly #agentMax: number;

  /** Follows at most `agentMax` agents at a time. */
  constructor(agentMax = AGENT_MAX_DEFAULT) {
    this.#agentMax = agentMax;
  }

  /** Starts at sequence 1: the whole `state` goes over. Throws if the agent is followed already, or too many are. */
  startTracking(agentId: Uint8Array, state: Uint8Array, durationMs = 0): DirtyPageTracker {
    const key = keyOf(agentId);
    if (this.#trackers.has(key)) throw new Error(`migrator: agent ${key} is followed already`);
    if (this.#trackers.size >= this.#agentMax) throw new RangeError(`migrator: no room for more than ${this.#agentMax} agents`);
    const tracker = new DirtyPageTracker(agentId, state);
    this.stats.recordFull(state.length, durationMs);
    this.#trackers.set(key, tracker);
    return tracker;
  }

  /** False if the agent was not followed. */
  stopTracking(agentId: Uint8Array): boolean {
    return this.#trackers.delete(keyOf(agentId));
  }

  isTracking(agentId: Uint8Array): boolean {
    return this.#trackers.has(keyOf(agentId));
  }

  /** Throws if the agent is not followed or the page does not exist. */
  markDirty(agentId: Uint8Array, page: number): void {
    this.#find(agentId).markDirty(page);
  }

  markRangeDirty(agentId: Uint8Array, offset: number, length: number): void {
    this.#find(agentId).markRangeDirty(offset, length);
  }

  /** The snapshot of what changed since the last acknowledged one, with the next sequence; see `DirtyPageTracker.createDelta`. */
  createIncremental(agentId: Uint8Array, state?: Uint8Array): DeltaSnapshot {
    return this.#find(agentId).createDelta(state);
  }

  /** The snapshot arrived, and took `durationMs`: only now it counts. False if it is not the agent's last. */
  acknowledge(agentId: Uint8Array, snapshot: DeltaSnapshot, durationMs = 0): boolean {
    if (!this.#find(agentId).acknowledge(snapshot.sequence)) return false;
    this.stats.recordIncremental(snapshot.compressedSizeBytes, durationMs);
    this.stats.recordCompression(snapshot.uncompressedSizeBytes, snapshot.compressedSizeBytes);
    return true;
  }

  /** Sequence of the agent's last snapshot, or undefined if it is not followed. */
  getSequence(agentId: Uint8Array): number | undefined {
    return this.#trackers.get(keyOf(agentId))?.sequence;
  }

  /** Follows no agent, and has counted nothing. */
  reset(): void {
    this.#trackers.clear();
    this.stats.reset();
  }

  #find(agentId: Uint8Array): DirtyPageTracker {
    const key = keyOf(agentId);
    const tracker = this.#trackers.get(key);
    if (tracker === undefined) throw new Error(`migrator: agent ${key} is not followed`);
    return tracker;
  }
}

function keyOf(agentId: Uint8Array): string {
  let key = '';
  for (let i = 0; i < agentId.length; i++) key += agentId[i]!.toString(16).padStart(2, '0');
  return key;
}
