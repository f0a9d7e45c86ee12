import type { MoveOperations, MoveRefusalReason } from './operations-moves.js';

/** An agent as the host knows it; sizes in bytes, ids in hex. */
export interface AgentRow {
  readonly agentId: string;
  readonly agentName: string;
  readonly boardId: string;
  /** Name of the link of its open session; empty while the board is away. */
  readonly link: string;
  readonly epoch: number;
  readonly session: number;
  readonly headSequence: number;
  readonly stateBytes: number;
  /** Layout of the state, 8 bytes in hex. */
  readonly fingerprint: string;
}

export interface AgentView extends AgentRow {
  /** The board that the agent was granted to says that it runs none: it has lost it. */
  readonly isBoardVacant: boolean;
  readonly digest: string;
  readonly sha256: string;
  /** The state by field names, or undefined while the host has not been given the schema. */
  readonly fields: unknown;
  /** The first STATE_PREVIEW_BYTES bytes of the state in hex, for agents without a schema. */
  readonly preview: string;
}

export interface VerifyReport {
  readonly agentId: string;
  readonly agentName: string;
  readonly ok: boolean;
  readonly headSequence: number;
  /** Retained sequences that were rebuilt and compared with their digests. */
  readonly points: number;
  /** What is wrong, and where; empty if nothing is. */
  readonly faults: readonly string[];
}

export interface SentMessage {
  readonly agentId: string;
  /** Number of the message in the agent's queue: the agent takes them in this order, each once. */
  readonly number: number;
}

/**
 * What a person can ask of a host, whether it runs (then over its API) or not (then of its store).
 * `agent` is a name, an id in hex, or the beginning of an id that no other agent has.
 * Every refusal is a Refusal.
 */
export interface Operations extends MoveOperations {
  list(): Promise<AgentRow[]>;
  show(agent: string): Promise<AgentView>;
  verify(agent?: string): Promise<VerifyReport[]>;
  send(agent: string, message: Uint8Array): Promise<SentMessage>;
  forget(agent: string): Promise<{ readonly agentId: string }>;
  close(): Promise<void>;
}

export type RefusalReason = 'unknown' | 'ambiguous' | 'busy' | 'full' | 'invalid' | 'damaged' | MoveRefusalReason;

/** An operation that was not done, why, and what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, text: string) {
    super(text);
    this.reason = reason;
  }
}

export const STATE_PREVIEW_BYTES = 64;
