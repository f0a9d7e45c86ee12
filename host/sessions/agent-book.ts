import type { PagePool } from '../../src/delta/page-pool.js';
import { StoredRecord } from '../../src/delta/stored-record.js';
import { epochOfLine, lineStart } from '../../src/link/epoch-line.js';
import { HELLO_RUNTIME_BLOCK } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { AgentRecord, Store, StoreError } from '../store/store.js';
import { AgentEntry } from './agent-entry.js';
import { toHex } from './hex.js';
import { RuntimeView } from './runtime-view.js';

/** To whom an agent goes, and with what content if not the head's. */
export interface Transfer {
  readonly boardId: string;
  readonly leaseMs: number;
  readonly content:
    | { readonly sequence: number; readonly digest: number; readonly delta: Uint8Array; readonly state: Uint8Array }
    | undefined;
}

/** How much the agents in memory may take together. */
export interface BookLimits {
  readonly agents: number;
  readonly stateBytes: number;
}

/**
 * The agents in memory and everything durable about them. One write per agent is under way at a time; an entry follows the store only
 * when the store has said that the change is durable (I2). A write that failed leaves open what the store holds: it is read again.
 */
export class AgentBook {
  readonly #store: Store;
  readonly pool: PagePool;
  readonly runtime = new RuntimeView();
  readonly #entries = new Map<string, AgentEntry>();
  readonly #decoder = new TextDecoder();
  #record: StoredRecord | undefined;

  readonly #limits: BookLimits;

  constructor(store: Store, pool: PagePool, limits: BookLimits) {
    this.#store = store;
    this.pool = pool;
    this.#limits = limits;
  }

  get entries(): IterableIterator<AgentEntry> {
    return this.#entries.values();
  }

  find(agentId: string): AgentEntry | undefined {
    return this.#entries.get(agentId);
  }

  /** Whether an agent of this size, whoever names it, may take a place in memory. */
  mayAdd(sizeBytes: number): boolean {
    let stateBytes = sizeBytes;
    for (const entry of this.#entries.values()) stateBytes += entry.memory?.sizeBytes ?? 0;
    return this.#entries.size < this.#limits.agents && stateBytes <= this.#limits.stateBytes;
  }

  drop(agentId: string): void {
    const entry = this.#entries.get(agentId);
    entry?.target?.drop();
    this.#entries.delete(agentId);
  }

  /** The entry of an agent, known or not; `load` tells it what the store holds. */
  entryOf(agentId: string): AgentEntry {
    let entry = this.#entries.get(agentId);
    if (entry === undefined) {
      entry = new AgentEntry(agentId);
      this.#entries.set(agentId, entry);
    }
    return entry;
  }

  /** Reads what the store holds. Without an error the entry has memory if the store has the agent. */
  load(entry: AgentEntry, done: (error: StoreError | undefined) => void): void {
    entry.isBusy = true;
    this.#store.load(entry.agentId, (error, stored) => {
      if (error === undefined && stored !== undefined) {
        entry.adopt(stored, this.pool);
        this.#loadInputs(entry, done);
        return;
      }
      if (error === undefined) entry.record = undefined;
      entry.isBusy = false;
      done(error);
    });
  }

  /** Grants `epoch` and the next session to the board of `hello`, durably. */
  grant(entry: AgentEntry, hello: HelloMessage, epoch: number, done: (error: StoreError | undefined) => void): void {
    entry.isBusy = true;
    const before = entry.record;
    const after: AgentRecord = {
      agentId: entry.agentId,
      agentName: this.#decoder.decode(hello.name.subarray(0, hello.nameBytes)),
      boardId: toHex(hello.boardId),
      epoch,
      session: (before?.session ?? 0) + 1,
      sizeBytes: hello.sizeBytes,
      fingerprint: toHex(hello.fingerprint),
      runtimeBlock: (hello.flags & HELLO_RUNTIME_BLOCK) !== 0,
      leaseMs: hello.leaseMs,
      sequence: before?.sequence ?? 0,
      digest: before?.digest ?? entry.digest,
      headEpoch: before?.headEpoch ?? 0,
      plan: before?.plan,
    };
    const expected = { expectEpoch: before?.epoch ?? 0, expectSession: before?.session ?? 0, expectSequence: after.sequence };
    const grant = { ...after, ...expected };
    this.#store.grant(entry.agentId, grant, (error) => {
      entry.isBusy = false;
      // A plan may have been put meanwhile.
      if (error === undefined) entry.record = { ...after, plan: entry.record?.plan };
      done(error);
    });
  }

  /**
   * Grants the agent to a board, durably, in the next epoch and session, if the record is still the one known here; `content` becomes the
   * head by the same write.
   */
  transfer(entry: AgentEntry, to: Transfer, done: (error: StoreError | undefined) => void): void {
    entry.isBusy = true;
    const before = entry.record!;
    const { boardId, leaseMs, content } = to;
    const owned = { ...before, boardId, leaseMs, epoch: before.epoch + 1, session: before.session + 1 };
    const append = content && {
      baseSequence: before.sequence,
      sequence: content.sequence,
      digest: content.digest,
      delta: content.delta,
      commits: 1,
    };
    const expected = { expectEpoch: before.epoch, expectSession: before.session, expectSequence: before.sequence };
    this.#store.grant(entry.agentId, { ...owned, ...expected, append }, (error) => {
      entry.isBusy = false;
      if (error === undefined) {
        entry.record = { ...owned, plan: entry.record!.plan };
        if (content !== undefined) {
          entry.target!.drop();
          entry.memory!.load(0, content.state, 0, content.state.length);
          entry.record = { ...entry.record, sequence: content.sequence, digest: content.digest, headEpoch: owned.epoch };
        }
      }
      done(error);
    });
  }

  /**
   * Ends whatever session the owner may have, with this host or another one on the same store, durably. The head may have gone on with the
   * other host: the store is to be read again.
   */
  fence(entry: AgentEntry, done: (error: StoreError | undefined) => void): void {
    entry.isBusy = true;
    const before = entry.record!;
    const fenced = { ...before, session: before.session + 1 };
    const expected = { expectEpoch: before.epoch, expectSession: before.session };
    this.#store.grant(entry.agentId, { ...fenced, ...expected }, (error) => {
      entry.isBusy = false;
      if (error === undefined) entry.record = { ...fenced, plan: entry.record!.plan };
      done(error);
    });
  }

  /** Makes the delta staged in the entry's target durable, then applies it. */
  append(entry: AgentEntry, sequence: number, digest: number, done: (error: StoreError | undefined) => void): void {
    entry.isBusy = true;
    const record = entry.record!;
    const append = {
      epoch: record.epoch,
      baseSequence: record.sequence,
      sequence,
      digest,
      delta: this.#encode(entry),
      commits: commitsBetween(record.sequence, sequence),
    };
    this.#store.append(entry.agentId, append, (error) => {
      entry.isBusy = false;
      if (error === undefined) {
        entry.target!.apply();
        entry.record = { ...entry.record!, sequence, digest, headEpoch: record.epoch };
        entry.deltas++;
      }
      done(error);
    });
  }

  /** Whether a delta of this agent may find room now: at least half of its pages, or half of the pool. */
  hasRoom(entry: AgentEntry): boolean {
    const wanted = Math.min(entry.memory?.pageCount ?? 0, this.pool.cellCount);
    return this.pool.freeCount * 2 >= wanted;
  }

  /** Number of the newest input that the head has consumed; 0 without a runtime block. */
  consumedInputs(entry: AgentEntry): number {
    return Math.max(0, this.runtime.consumedInputs(entry.memory!.bytes));
  }

  #encode(entry: AgentEntry): Uint8Array {
    this.#record ??= new StoredRecord(entry.target!);
    const delta = new Uint8Array(this.#record.begin(entry.target!));
    this.#record.produce(delta, 0, delta.length);
    return delta;
  }

  #loadInputs(entry: AgentEntry, done: (error: StoreError | undefined) => void): void {
    this.#store.inputs(entry.agentId, (error, inputs) => {
      entry.isBusy = false;
      if (error === undefined) entry.inputs.load(inputs ?? [], this.consumedInputs(entry));
      done(error);
    });
  }
}

/** Commits from one sequence to another. A line that begins anew leaves out the numbers up to its beginning. */
function commitsBetween(baseSequence: number, sequence: number): number {
  return sequence - Math.max(baseSequence, lineStart(epochOfLine(sequence + 1)));
}
