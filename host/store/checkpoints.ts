import type { AgentEntry } from './agent-entry.js';
import { encodeCheckpoint } from './formats.js';
import { numberedKey, numberRange } from './keys.js';
import { checkpointSequences, rebuild, withView } from './line.js';
import { StoreError } from './store.js';
import type { Database, Operation, SyncedBatches } from './synced-batches.js';

/** A checkpoint is due after this many deltas, or after as many delta bytes as the state has, but not for less than the minimum. */
export const CHECKPOINT_DELTAS = 1024;
export const CHECKPOINT_DELTA_BYTES_MIN = 64 * 1024;
/** Older checkpoints, and the deltas that lead to the oldest kept one, are dropped. */
export const CHECKPOINTS_KEPT = 8;

export interface Retention {
  readonly checkpointDeltas: number;
  readonly checkpointDeltaBytesMin: number;
  readonly checkpointsKept: number;
}

export const DEFAULT_RETENTION: Retention = {
  checkpointDeltas: CHECKPOINT_DELTAS,
  checkpointDeltaBytesMin: CHECKPOINT_DELTA_BYTES_MIN,
  checkpointsKept: CHECKPOINTS_KEPT,
};

/**
 * Writes checkpoints from what is stored, one agent after the other: it reads the line again, so that it needs no copy of the state
 * while it is idle, and finds a damaged record before the records that could replace it are dropped.
 */
export class Checkpoints {
  readonly counters = { written: 0, failures: 0, deltasDropped: 0 };
  readonly #database: Database;
  readonly #batches: SyncedBatches;
  readonly #retention: Retention;
  readonly #due = new Map<string, AgentEntry>();
  #working: Promise<void> | undefined;

  constructor(database: Database, batches: SyncedBatches, retention: Retention) {
    this.#database = database;
    this.#batches = batches;
    this.#retention = retention;
  }

  /** To be called after each write. A line that turns out to be damaged gets its entry's `damage`. */
  consider(agentId: string, entry: AgentEntry): void {
    const bytesDue = Math.max(entry.fields.sizeBytes, this.#retention.checkpointDeltaBytesMin);
    if (entry.deltaCount < this.#retention.checkpointDeltas && entry.deltaBytes < bytesDue) return;
    entry.deltaCount = 0;
    entry.deltaBytes = 0;
    this.#due.set(agentId, entry);
    this.#working ??= this.#work();
  }

  /** The agent is forgotten: nothing more is written for it. */
  cancel(agentId: string): void {
    this.#due.delete(agentId);
  }

  settled(): Promise<void> {
    return this.#working ?? Promise.resolve();
  }

  async #work(): Promise<void> {
    for (const [agentId, entry] of this.#due) {
      try {
        await this.#write(agentId, entry);
      } catch (error) {
        this.counters.failures++;
        entry.damage ??= new StoreError(
          'io',
          `${(error as Error).message}; the agent takes no more deltas: see verify, and forget it if need be`,
        );
      }
      this.#due.delete(agentId);
    }
    this.#working = undefined;
  }

  async #write(agentId: string, entry: AgentEntry): Promise<void> {
    const operations = await withView(this.#database, async (view): Promise<Operation[]> => {
      const builder = await rebuild(view, agentId, entry.fields);
      if (builder === undefined || builder.sequence === 0) return [];
      const key = numberedKey(agentId, 'c', builder.sequence);
      const value = encodeCheckpoint(key, {
        epoch: builder.epoch,
        sequence: builder.sequence,
        digest: builder.digest,
        state: builder.state,
      });
      const earlier = await checkpointSequences(view, agentId);
      if (earlier.at(-1) === builder.sequence) return [];
      const kept = [...earlier, builder.sequence];
      const dropped = kept.splice(0, Math.max(0, kept.length - this.#retention.checkpointsKept));
      const operations: Operation[] = [{ type: 'put', key, value }];
      if (dropped.length === 0) return operations;
      for (const sequence of dropped) operations.push({ type: 'del', key: numberedKey(agentId, 'c', sequence) });
      const old = view.database.keys({ ...numberRange(agentId, 'd', 0, kept[0]), snapshot: view.snapshot });
      for (const oldKey of await old.all()) operations.push({ type: 'del', key: oldKey });
      this.counters.deltasDropped += operations.length - 1 - dropped.length;
      return operations;
    });
    if (operations.length === 0 || !this.#due.has(agentId)) return;
    await this.#batches.written(operations);
    this.counters.written++;
  }
}
