import type { BatchOperation, ClassicLevel } from 'classic-level';
import { StoreError } from './store.js';

export type Database = ClassicLevel<string, Uint8Array>;
export type Operation = BatchOperation<Database, string, Uint8Array>;
export type Done = (error: StoreError | undefined) => void;

export const BATCH_OPERATIONS_MAX = 4096;

interface Write {
  readonly operations: readonly Operation[];
  readonly done: Done;
}

/**
 * Group commit: one synced batch is on its way to the disk at a time; every write that arrives meanwhile goes into the next.
 * `done` is called after the sync of the batch that holds the whole write, in the order of arrival, never inside write().
 */
export class SyncedBatches {
  readonly counters = { batches: 0, writes: 0, failures: 0 };
  readonly #database: Database;
  #waiting: Write[] = [];
  #busy = false;
  #idle: (() => void)[] = [];
  readonly #failed: (error: Error) => void;
  #failure: StoreError | undefined;

  /** @param failed called once, when a batch could not be written */
  constructor(database: Database, failed: (error: Error) => void = () => {}) {
    this.#database = database;
    this.#failed = failed;
  }

  /** Operations of one write are stored together or not at all. */
  write(operations: readonly Operation[], done: Done): void {
    this.#waiting.push({ operations, done });
    if (this.#busy) return;
    this.#busy = true;
    // Everything that this turn of the event loop still brings shall share the sync.
    setImmediate(() => void this.#run());
  }

  /** write() as a promise. */
  written(operations: readonly Operation[]): Promise<void> {
    return new Promise((resolve, reject) => this.write(operations, (error) => (error ? reject(error) : resolve())));
  }

  /** Resolves when every write given so far has been told done. */
  passed(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.write([], () => resolve())) : Promise.resolve();
  }

  /** Resolves when nothing is waiting or under way. */
  settled(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      const error = await this.#store(batch);
      for (const write of batch) write.done(error);
    }
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): Write[] {
    let operationCount = 0;
    let count = 0;
    while (count < this.#waiting.length && operationCount < BATCH_OPERATIONS_MAX)
      operationCount += this.#waiting[count++]!.operations.length;
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  async #store(batch: readonly Write[]): Promise<StoreError | undefined> {
    // After a failed write nobody knows what the log holds: nothing more is acknowledged until the store was reopened.
    if (this.#failure !== undefined) return this.#failure;
    const operations = batch.flatMap((write) => write.operations);
    if (operations.length === 0) return undefined;
    try {
      await this.#database.batch(operations, { sync: true });
      this.counters.batches++;
      this.counters.writes += batch.length;
      return undefined;
    } catch (cause) {
      this.counters.failures++;
      const { message } = cause as Error;
      this.#failure = new StoreError('io', `the store could not write: ${message}; it takes nothing more until it is reopened`);
      this.#failed(this.#failure);
      // The log may hold the batch all the same.
      return new StoreError('unknown', this.#failure.message);
    }
  }
}
