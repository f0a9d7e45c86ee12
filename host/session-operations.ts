import { createHash } from 'node:crypto';
import { describe } from '../src/state/describe.js';
import {
  type AgentRow,
  type AgentView,
  type Operations,
  Refusal,
  type SentMessage,
  STATE_PREVIEW_BYTES,
  type VerifyReport,
} from './operations.js';
import type { HostSessions } from './sessions/host-sessions.js';
import type { AgentRecord, DoneWith, Store, StoreError, VerifyReport as StoreReport } from './store/store.js';

/** An agent whose state is being read or written is asked again after a moment, and so often at most. */
const BUSY_RETRY_MS = 25;
const BUSY_RETRIES_MAX = 200;
const SHORTEST_ID_PREFIX = 4;

/** The operations over a store and the sessions that use it; without links the sessions are those of a host that does not run. */
export class SessionOperations implements Operations {
  readonly #store: Store;
  readonly #sessions: HostSessions;
  readonly #close: () => Promise<void>;

  constructor(store: Store, sessions: HostSessions, close: () => Promise<void> = async () => {}) {
    this.#store = store;
    this.#sessions = sessions;
    this.#close = close;
  }

  async list(): Promise<AgentRow[]> {
    const records = await this.#ask<readonly AgentRecord[]>((done) => this.#store.list(done));
    return records.map((record) => this.#row(record));
  }

  async show(agent: string): Promise<AgentView> {
    const { agentId } = await this.#find(agent);
    const stored = await this.#ask((done: DoneWith<Parameters<Parameters<Store['load']>[1]>[1]>) => this.#store.load(agentId, done));
    if (stored === undefined) throw unknown(agent);
    const schema = await this.#ask<Uint8Array | undefined>((done) => this.#store.getSchema(stored.fingerprint, done));
    return {
      ...this.#row(stored),
      digest: stored.digest.toString(16).padStart(8, '0'),
      sha256: createHash('sha256').update(stored.state).digest('hex'),
      fields: schema && fieldsOf(schema, stored.state),
      preview: Buffer.from(stored.state.subarray(0, STATE_PREVIEW_BYTES)).toString('hex'),
    };
  }

  async verify(agent?: string): Promise<VerifyReport[]> {
    const rows = agent === undefined ? await this.list() : [await this.#find(agent)];
    const reports: VerifyReport[] = [];
    for (const { agentId, agentName, headSequence } of rows) {
      const { points, faults } = await this.#ask<StoreReport>((done) => this.#store.verify(agentId, done));
      reports.push({ agentId, agentName, ok: faults.length === 0, headSequence, points, faults });
    }
    return reports;
  }

  async send(agent: string, message: Uint8Array): Promise<SentMessage> {
    const { agentId } = await this.#find(agent);
    const number = await this.#askWhenFree<number>((done) => this.#sessions.sendInput(agentId, message, done));
    return { agentId, number };
  }

  async forget(agent: string): Promise<{ agentId: string }> {
    const { agentId } = await this.#find(agent);
    await this.#askWhenFree<void>((done) => this.#sessions.forget(agentId, done));
    return { agentId };
  }

  close(): Promise<void> {
    return this.#close();
  }

  #row(record: AgentRecord): AgentRow {
    const live = this.#sessions.agent(record.agentId);
    const { agentId, agentName, boardId, epoch, session, fingerprint } = live ?? record;
    const { sequence: headSequence, sizeBytes: stateBytes } = record;
    return { agentId, agentName, boardId, link: live?.linkName ?? '', epoch, session, headSequence, stateBytes, fingerprint };
  }

  async #find(agent: string): Promise<AgentRow> {
    const rows = await this.list();
    const id = agent.toLowerCase();
    const exact = rows.find((row) => row.agentId === id);
    if (exact !== undefined) return exact;
    const named = rows.filter((row) => row.agentName === agent);
    const matching = named.length > 0 || agent.length < SHORTEST_ID_PREFIX ? named : rows.filter((row) => row.agentId.startsWith(id));
    if (matching.length === 0) throw unknown(agent);
    if (matching.length > 1) {
      const ids = matching.map((row) => row.agentId).slice(0, 4);
      throw new Refusal('ambiguous', `${matching.length} agents are called "${agent}": give the id of one (${ids.join(', ')})`);
    }
    return matching[0]!;
  }

  #ask<Value>(call: (done: DoneWith<Value>) => void): Promise<Value> {
    return new Promise((resolve, reject) =>
      call((error, value) => (error === undefined ? resolve(value as Value) : reject(refusalOf(error)))),
    );
  }

  async #askWhenFree<Value>(call: (done: DoneWith<Value>) => void): Promise<Value> {
    for (let retry = 0; ; retry++) {
      try {
        return await this.#ask(call);
      } catch (error) {
        if (!(error instanceof Refusal) || error.reason !== 'busy' || retry === BUSY_RETRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
      }
    }
  }
}

/** A schema that the board made up must not take the host down. */
function fieldsOf(schema: Uint8Array, state: Uint8Array): unknown {
  try {
    return describe(schema, state);
  } catch {
    return undefined;
  }
}

function unknown(agent: string): Refusal {
  return new Refusal('unknown', `there is no agent "${agent}": "godwit ls" lists those that are there`);
}

function refusalOf(error: StoreError): Refusal {
  if (error.code === 'unknown') return new Refusal('busy', error.message);
  if (error.code === 'invalid') return new Refusal('invalid', error.message);
  if (error.code === 'missing') return new Refusal('unknown', error.message);
  return new Refusal('damaged', error.message);
}
