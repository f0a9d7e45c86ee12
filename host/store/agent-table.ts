import { type AgentEntry, readEntry } from './agent-entry.js';
import type { Checkpoints } from './checkpoints.js';
import { agentKey, lineRange } from './keys.js';
import { withView } from './line.js';
import { asStoreError, missing } from './refusals.js';
import { type Done, StoreError } from './store.js';
import type { Database, Operation, SyncedBatches } from './synced-batches.js';

/** What a write does to the database, with what to do once it is durable; or why it is refused. */
export type Decision = { readonly operations: readonly Operation[]; readonly stored?: () => void } | StoreError;

/** The agents' entries, read when they are first asked for. Writes to an agent are decided over its entry, in the order of the calls. */
export class AgentTable {
  readonly #database: Database;
  readonly #batches: SyncedBatches;
  readonly #checkpoints: Checkpoints;
  readonly #entries = new Map<string, AgentEntry>();
  readonly #reading = new Map<string, Promise<AgentEntry | undefined>>();

  constructor(database: Database, batches: SyncedBatches, checkpoints: Checkpoints) {
    this.#database = database;
    this.#batches = batches;
    this.#checkpoints = checkpoints;
  }

  /** Stores what `decide` returns for the agent's entry; `done` comes after the sync, or with the refusal, and never inside this call. */
  change(agentId: string, done: Done, decide: (entry: AgentEntry | undefined) => Decision): void {
    const decided = (entry: AgentEntry | undefined): void => {
      const decision = decide(entry);
      if (decision instanceof StoreError) {
        setImmediate(() => done(decision));
        return;
      }
      this.#batches.write(decision.operations, (error) => {
        if (error === undefined) decision.stored?.();
        done(error);
      });
      if (entry !== undefined) this.#checkpoints.consider(agentId, entry);
    };
    const known = this.#entries.get(agentId);
    if (known !== undefined) decided(known);
    else this.entry(agentId).then(decided, (error) => done(asStoreError(error)));
  }

  /** A new agent, from inside a `decide` that was given undefined. */
  add(agentId: string, entry: AgentEntry): void {
    this.#entries.set(agentId, entry);
  }

  entry(agentId: string): Promise<AgentEntry | undefined> {
    const known = this.#entries.get(agentId);
    if (known !== undefined) return Promise.resolve(known);
    const underWay = this.#reading.get(agentId);
    if (underWay !== undefined) return this.#answer(agentId, underWay);
    const reading = withView(this.#database, (view) => readEntry(view, agentId)).then((entry) => {
      if (entry !== undefined) this.#entries.set(agentId, entry);
      return entry;
    });
    this.#keepReading(agentId, reading);
    return this.#answer(agentId, reading);
  }

  /** In the order of the questions; of several that waited for a missing agent, one may have added it. */
  #answer(agentId: string, reading: Promise<AgentEntry | undefined>): Promise<AgentEntry | undefined> {
    return reading.then((entry) => entry ?? this.#entries.get(agentId));
  }

  /** Removes an agent with all it retains. Whoever asks for it meanwhile waits until it is gone. */
  forget(agentId: string): Promise<void> {
    this.#checkpoints.cancel(agentId);
    const before = this.#reading.get(agentId) ?? Promise.resolve(undefined);
    const gone = before.catch(() => undefined).then(() => this.#erase(agentId));
    this.#entries.delete(agentId);
    this.#keepReading(
      agentId,
      gone.then(() => undefined),
    );
    return gone;
  }

  async #erase(agentId: string): Promise<void> {
    this.#entries.delete(agentId);
    await this.#batches.passed();
    await withView(this.#database, async (view) => {
      if (!(await view.database.has(agentKey(agentId), { snapshot: view.snapshot }))) throw missing(agentId);
      const keys = await view.database.keys({ ...lineRange(agentId), snapshot: view.snapshot }).all();
      await this.#batches.written([agentKey(agentId), ...keys].map((key): Operation => ({ type: 'del', key })));
    });
  }

  #keepReading(agentId: string, reading: Promise<AgentEntry | undefined>): void {
    this.#reading.set(agentId, reading);
    const ended = (): void => {
      if (this.#reading.get(agentId) === reading) this.#reading.delete(agentId);
    };
    reading.then(ended, ended);
  }
}
