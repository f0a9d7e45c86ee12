import { createHash } from 'node:crypto';
import { describe } from '../src/state/describe.js';
import { ask, askWhenFree } from './asking.js';
import { findAgent, unknownAgent } from './find-agent.js';
import { type AgentRow, type AgentView, type Operations, type SentMessage, STATE_PREVIEW_BYTES, type VerifyReport } from './operations.js';
import type { BoardRow, MoveStarted, MoveView, RestorePreviewView, RetainedState, RollbackStarted, StatsView } from './operations-moves.js';
import { hasLost, type RunningParts, SessionMoves } from './session-moves.js';
import type { HostSessions } from './sessions/host-sessions.js';
import type { AgentRecord, DoneWith, Store, VerifyReport as StoreReport } from './store/store.js';

export interface SessionOperationsOptions {
  /** Undefined: the host does not run. */
  readonly running?: RunningParts;
  readonly close?: () => Promise<void>;
}

/** The operations over a store and the sessions that use it; without links the sessions are those of a host that does not run. */
export class SessionOperations implements Operations {
  readonly #store: Store;
  readonly #sessions: HostSessions;
  readonly #moves: SessionMoves;
  readonly #options: SessionOperationsOptions;

  constructor(store: Store, sessions: HostSessions, options: SessionOperationsOptions = {}) {
    this.#store = store;
    this.#sessions = sessions;
    this.#moves = new SessionMoves(store, sessions, options.running);
    this.#options = options;
  }

  async list(): Promise<AgentRow[]> {
    const records = await ask<readonly AgentRecord[]>((done) => this.#store.list(done));
    return records.map((record) => this.#row(record));
  }

  async show(agent: string): Promise<AgentView> {
    const { agentId } = await this.#find(agent);
    const stored = await ask((done: DoneWith<Parameters<Parameters<Store['load']>[1]>[1]>) => this.#store.load(agentId, done));
    if (stored === undefined) throw unknownAgent(agent);
    const schema = await ask<Uint8Array | undefined>((done) => this.#store.getSchema(stored.fingerprint, done));
    return {
      ...this.#row(stored),
      isBoardVacant: hasLost(this.#sessions, stored),
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
      const { points, faults } = await ask<StoreReport>((done) => this.#store.verify(agentId, done));
      reports.push({ agentId, agentName, ok: faults.length === 0, headSequence, points, faults });
    }
    return reports;
  }

  async send(agent: string, message: Uint8Array): Promise<SentMessage> {
    const { agentId } = await this.#find(agent);
    const number = await askWhenFree<number>((done) => this.#sessions.sendInput(agentId, message, done));
    return { agentId, number };
  }

  async forget(agent: string): Promise<{ agentId: string }> {
    const { agentId } = await this.#find(agent);
    await askWhenFree<void>((done) => this.#sessions.forget(agentId, done));
    this.#options.running?.log.forget(agentId);
    return { agentId };
  }

  boards(): Promise<BoardRow[]> {
    return this.#moves.boards();
  }

  previewRestore(agent: string, atSequence: number): Promise<RestorePreviewView> {
    return this.#moves.previewRestore(agent, atSequence);
  }

  restore(agent: string, board: string, options?: { readonly atSequence?: number; readonly isConfirmed?: boolean }): Promise<MoveStarted> {
    return this.#moves.restore(agent, board, options);
  }

  migrate(agent: string, board: string | undefined, options?: { readonly maxDowntimeMs?: number }): Promise<MoveStarted> {
    return this.#moves.migrate(agent, board, options);
  }

  rollback(agent: string): Promise<RollbackStarted> {
    return this.#moves.rollback(agent);
  }

  move(agent: string): Promise<MoveView> {
    return this.#moves.move(agent);
  }

  stats(): Promise<StatsView> {
    return this.#moves.stats();
  }

  stateAt(agent: string, atSequence: number): Promise<RetainedState> {
    return this.#moves.stateAt(agent, atSequence);
  }

  async close(): Promise<void> {
    await this.#options.close?.();
  }

  #row(record: AgentRecord): AgentRow {
    const live = this.#sessions.agent(record.agentId);
    const { agentId, agentName, boardId, epoch, session, fingerprint } = live ?? record;
    const { sequence: headSequence, sizeBytes: stateBytes } = record;
    return { agentId, agentName, boardId, link: live?.linkName ?? '', epoch, session, headSequence, stateBytes, fingerprint };
  }

  async #find(agent: string): Promise<AgentRow> {
    return findAgent(await this.list(), agent);
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
