import { type AgentEntry, newEntry, readFields, readPlan, recordOf } from './agent-entry.js';
import { AgentTable, type Decision } from './agent-table.js';
import { Checkpoints, DEFAULT_RETENTION, type Retention } from './checkpoints.js';
import {
  type AgentFields,
  decodeEvent,
  decodeInput,
  decodeSchema,
  encodeAgent,
  encodeDelta,
  encodeEvent,
  encodeInput,
  encodeInputMark,
  encodePlan,
  encodeSchema,
} from './formats.js';
import { AGENTS, agentKey, inputMarkKey, numberedKey, numberOfKey, planKey, schemaKey, seriesRange } from './keys.js';
import { readHistory, rebuild, type View, withView } from './line.js';
import { openDatabase } from './open-database.js';
import {
  appendFault,
  asStoreError,
  conflict,
  eventFault,
  grantFault,
  inputFault,
  invalid,
  isCount,
  missing,
  planFault,
  schemaFault,
} from './refusals.js';
import { RunCheck } from './run-check.js';
import {
  type AgentRecord,
  type Append,
  type Done,
  type DoneWith,
  type Grant,
  type HistoryPoint,
  type StateAt,
  type Store,
  type StoredAgent,
  type StoredEvent,
  type StoredInput,
  StoreError,
  type VerifyReport,
} from './store.js';
import { type Database, type Operation, SyncedBatches } from './synced-batches.js';
import { verifyLine } from './verify-line.js';

/** Of one agent; the oldest event goes when a new one comes. */
export const EVENTS_KEPT = 256;
/** Of one agent; a further input is refused until the agent has consumed some. */
export const INPUTS_MAX = 1024;

/**
 * The embedded store: LevelDB in a folder that one process holds. Format: SPEC.md, "Store".
 * A write is decided at once, in memory, in the order of the calls; it is told done after the synced batch that holds it (I2).
 */
export class LevelStore implements Store {
  readonly #database: Database;
  readonly #batches: SyncedBatches;
  readonly #checkpoints: Checkpoints;
  readonly #agents: AgentTable;
  readonly #runCheck = new RunCheck();
  #closed = false;

  /** Called when a write has failed: nothing more is taken until the store is opened again. */
  onFailure: (error: Error) => void = () => {};

  private constructor(database: Database, retention: Retention) {
    this.#database = database;
    this.#batches = new SyncedBatches(database, (error) => this.onFailure(error));
    this.#checkpoints = new Checkpoints(database, this.#batches, retention);
    this.#agents = new AgentTable(database, this.#batches, this.#checkpoints);
  }

  /**
   * Opens the store in `folder`, or makes it.
   *
   * @throws StoreError 'io': another process holds it, it is damaged, or of a newer format; the message says what to do
   */
  static async open(folder: string, retention: Retention = DEFAULT_RETENTION): Promise<LevelStore> {
    return new LevelStore(await openDatabase(folder), retention);
  }

  get counters(): Readonly<Record<string, number>> {
    const { batches, writes, failures } = this.#batches.counters;
    const { written, failures: checkpointFailures, deltasDropped } = this.#checkpoints.counters;
    return { batches, writes, writeFailures: failures, checkpoints: written, checkpointFailures, deltasDropped };
  }

  load(agentId: string, done: DoneWith<StoredAgent | undefined>): void {
    this.#read(done, async (view) => {
      const fields = await readFields(view, agentId);
      if (fields === undefined) return undefined;
      const builder = await rebuild(view, agentId, fields);
      if (builder === undefined)
        throw new StoreError('io', `agent ${agentId}: its line has lost its beginning; verify tells what is damaged`);
      const { sequence, digest, epoch, state } = builder;
      return { agentId, ...fields, sequence, digest, headEpoch: epoch, plan: await readPlan(view, agentId), state };
    });
  }

  list(done: DoneWith<readonly AgentRecord[]>): void {
    this.#read(done, async (view) => {
      const records: AgentRecord[] = [];
      for (const key of await view.database.keys({ ...AGENTS, snapshot: view.snapshot }).all()) {
        const agentId = key.slice(AGENTS.gte.length);
        const entry = await this.#agents.entry(agentId);
        if (entry !== undefined) records.push(recordOf(agentId, entry));
      }
      return records;
    });
  }

  grant(agentId: string, grant: Grant, done: Done): void {
    this.#change(agentId, done, (entry) => {
      const fault = grantFault(agentId, grant);
      if (fault !== undefined) return fault;
      const { epoch, session } = entry?.fields ?? { epoch: 0, session: 0 };
      if (epoch !== grant.expectEpoch || session !== grant.expectSession)
        return conflict(`agent ${agentId} is in epoch ${epoch}, session ${session}`);
      const sequence = entry?.sequence ?? 0;
      if (sequence !== (grant.expectSequence ?? sequence)) return conflict(`agent ${agentId} is at sequence ${sequence}`);
      if (grant.epoch < epoch || grant.session <= session) return invalid(`agent ${agentId}: epochs and sessions only grow`);
      if (entry !== undefined && entry.fields.sizeBytes !== grant.sizeBytes) {
        return invalid(`agent ${agentId} has a state of ${entry.fields.sizeBytes} bytes, not ${grant.sizeBytes}`);
      }
      const append = grant.append && { ...grant.append, epoch: grant.epoch };
      const appendRefusal = append && (entry === undefined ? missing(agentId) : this.#appendRefusal(agentId, entry, append));
      if (appendRefusal !== undefined) return appendRefusal;
      const fields = fieldsOf(grant);
      if (entry === undefined) this.#agents.add(agentId, newEntry(fields));
      else entry.fields = fields;
      const key = agentKey(agentId);
      const operation: Operation = { type: 'put', key, value: encodeAgent(key, fields) };
      if (entry === undefined || append === undefined) return { operations: [operation] };
      const more = appended(agentId, entry, append);
      return { operations: [operation, ...more.operations], stored: more.stored };
    });
  }

  append(agentId: string, append: Append, done: Done): void {
    this.#change(agentId, done, (entry) => {
      const fault = appendFault(append);
      if (fault !== undefined) return fault;
      if (entry === undefined) return missing(agentId);
      if (entry.fields.epoch !== append.epoch) return conflict(`agent ${agentId} is in epoch ${entry.fields.epoch}`);
      return this.#appendRefusal(agentId, entry, append) ?? appended(agentId, entry, append);
    });
  }

  putPlan(agentId: string, plan: Uint8Array | undefined, done: Done): void {
    const kept = plan?.slice();
    this.#change(agentId, done, (entry) => {
      const fault = planFault(kept);
      if (fault !== undefined) return fault;
      if (entry === undefined) return missing(agentId);
      const key = planKey(agentId);
      const stored = (): void => {
        entry.plan = kept;
      };
      return { operations: [kept === undefined ? { type: 'del', key } : { type: 'put', key, value: encodePlan(key, kept) }], stored };
    });
  }

  stateAt(agentId: string, sequence: number, done: DoneWith<StateAt | undefined>): void {
    this.#readLine(agentId, done, async (view, fields) => {
      if (!isCount(sequence)) throw invalid(`sequence ${sequence}`);
      const builder = await rebuild(view, agentId, fields, sequence);
      return builder && { sequence: builder.sequence, epoch: builder.epoch, digest: builder.digest, state: builder.state };
    });
  }

  history(agentId: string, done: DoneWith<readonly HistoryPoint[]>): void {
    this.#readLine(agentId, done, (view) => readHistory(view, agentId));
  }

  putSchema(fingerprint: string, schema: Uint8Array, done: Done): void {
    const fault = this.#closed ? closed() : schemaFault(fingerprint, schema);
    if (fault !== undefined) {
      setImmediate(() => done(fault));
      return;
    }
    const key = schemaKey(fingerprint);
    this.#batches.write([{ type: 'put', key, value: encodeSchema(key, schema) }], done);
  }

  getSchema(fingerprint: string, done: DoneWith<Uint8Array | undefined>): void {
    this.#read(done, async (view) => {
      const key = schemaKey(fingerprint);
      const bytes = await view.database.get(key, { snapshot: view.snapshot });
      return bytes && decodeSchema(key, bytes).slice();
    });
  }

  putInput(agentId: string, input: StoredInput, done: Done): void {
    this.#change(agentId, done, (entry) => {
      const fault = inputFault(input);
      if (fault !== undefined) return fault;
      if (entry === undefined) return missing(agentId);
      if (input.number <= entry.lastInput) return conflict(`input ${input.number} of agent ${agentId}: ${entry.lastInput} was the last`);
      if (entry.inputs.length >= INPUTS_MAX) return invalid(`agent ${agentId} has ${INPUTS_MAX} inputs waiting: let it consume some first`);
      entry.lastInput = input.number;
      entry.inputs.push(input.number);
      const key = numberedKey(agentId, 'i', input.number);
      return { operations: [{ type: 'put', key, value: encodeInput(key, input.bytes) }] };
    });
  }

  inputs(agentId: string, done: DoneWith<readonly StoredInput[]>): void {
    this.#readLine(agentId, done, async (view) => {
      const entries = await view.database.iterator({ ...seriesRange(agentId, 'i'), snapshot: view.snapshot }).all();
      return entries.map(([key, bytes]) => ({ number: numberOfKey(key), bytes: decodeInput(key, bytes).slice() }));
    });
  }

  dropInputs(agentId: string, number: number, done: Done): void {
    this.#change(agentId, done, (entry) => {
      if (!isCount(number)) return invalid(`input number ${number}`);
      if (entry === undefined) return missing(agentId);
      const dropped = entry.inputs.filter((waiting) => waiting <= number);
      if (dropped.length === 0) return { operations: [] };
      entry.inputs.splice(0, dropped.length);
      const mark = inputMarkKey(agentId);
      return {
        operations: [
          ...dropped.map((waiting): Operation => ({ type: 'del', key: numberedKey(agentId, 'i', waiting) })),
          { type: 'put', key: mark, value: encodeInputMark(mark, dropped.at(-1)!) },
        ],
      };
    });
  }

  putEvent(agentId: string, event: StoredEvent, done: Done): void {
    this.#change(agentId, done, (entry) => {
      const fault = eventFault(event);
      if (fault !== undefined) return fault;
      if (entry === undefined) return missing(agentId);
      const key = numberedKey(agentId, 'e', entry.nextEvent);
      const operations: Operation[] = [{ type: 'put', key, value: encodeEvent(key, event) }];
      if (entry.eventCount < EVENTS_KEPT) entry.eventCount++;
      else operations.push({ type: 'del', key: numberedKey(agentId, 'e', entry.nextEvent - EVENTS_KEPT) });
      entry.nextEvent++;
      return { operations };
    });
  }

  events(agentId: string, done: DoneWith<readonly StoredEvent[]>): void {
    this.#readLine(agentId, done, async (view) => {
      const entries = await view.database.iterator({ ...seriesRange(agentId, 'e'), snapshot: view.snapshot }).all();
      return entries.map(([key, bytes]) => decodeEvent(key, bytes));
    });
  }

  forget(agentId: string, done: Done): void {
    const forgotten = this.#closed ? Promise.reject(closed()) : this.#agents.forget(agentId);
    forgotten.then(
      () => done(undefined),
      (error) => done(asStoreError(error)),
    );
  }

  verify(agentId: string, done: DoneWith<VerifyReport>): void {
    this.#read(done, (view) => verifyLine(view, agentId));
  }

  close(done: Done): void {
    const finish = async (): Promise<void> => {
      if (this.#closed) throw closed();
      this.#closed = true;
      await this.#batches.settled();
      await this.#checkpoints.settled();
      await this.#batches.settled();
      await this.#database.close();
    };
    finish().then(
      () => done(undefined),
      (error) => done(asStoreError(error)),
    );
  }

  #appendRefusal(agentId: string, entry: AgentEntry, append: Append): StoreError | undefined {
    if (entry.damage !== undefined) return entry.damage;
    if (entry.sequence !== append.baseSequence) return conflict(`agent ${agentId} is at sequence ${entry.sequence}`);
    if (this.#runCheck.fits(append.delta, entry.fields.sizeBytes)) return undefined;
    return invalid(`agent ${agentId}: the delta is no run stream inside its state`);
  }

  #change(agentId: string, done: Done, decide: (entry: AgentEntry | undefined) => Decision): void {
    if (this.#closed) setImmediate(() => done(closed()));
    else this.#agents.change(agentId, done, decide);
  }

  /** Reads after every write that was begun before, on one unchanging view. */
  #read<Value>(done: DoneWith<Value>, read: (view: View) => Promise<Value>): void {
    const reading = this.#closed ? Promise.reject(closed()) : this.#batches.passed().then(() => withView(this.#database, read));
    reading.then(
      (value) => done(undefined, value),
      (error) => done(asStoreError(error)),
    );
  }

  #readLine<Value>(agentId: string, done: DoneWith<Value>, read: (view: View, fields: AgentFields) => Promise<Value>): void {
    this.#read(done, async (view) => {
      const fields = await readFields(view, agentId);
      if (fields === undefined) throw missing(agentId);
      return read(view, fields);
    });
  }
}

/** The append was found sound. */
function appended(agentId: string, entry: AgentEntry, append: Append): { operations: readonly Operation[]; stored: () => void } {
  const key = numberedKey(agentId, 'd', append.sequence);
  entry.sequence = append.sequence;
  entry.deltaCount++;
  entry.deltaBytes += append.delta.length;
  return {
    operations: [{ type: 'put', key, value: encodeDelta(key, append) }],
    stored: () => {
      entry.head = { sequence: append.sequence, digest: append.digest, headEpoch: append.epoch };
    },
  };
}

function fieldsOf(grant: Grant): AgentFields {
  const { agentName, boardId, epoch, session, sizeBytes, fingerprint, runtimeBlock, leaseMs = 0 } = grant;
  return { agentName, boardId, epoch, session, sizeBytes, fingerprint, runtimeBlock, leaseMs };
}

function closed(): StoreError {
  return new StoreError('closed', 'the store is closed');
}
