/**
 * What the sessions ask of durable storage. Every implementation passes the contract suite of test/host/store.
 *
 * Callbacks, not promises: the simulator is synchronous. A `done` is called exactly once. A real store never calls it inside the call
 * that was given it; the simulated store calls it from its virtual clock. When a write's `done` is called without an error, the write
 * survives a crash at any later instant (I2). When it is called with an error whose code is 'unknown', the write may or may not have
 * happened: read before deciding.
 * Ids and fingerprints are lower-case hex: agentId and boardId 32 digits, fingerprint 16.
 */
export type StoreErrorCode = 'conflict' | 'missing' | 'invalid' | 'closed' | 'io' | 'unknown';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

export type Done = (error: StoreError | undefined) => void;
export type DoneWith<T> = (error: StoreError | undefined, value?: T) => void;

/** Everything durable about an agent except its content. */
export interface AgentRecord {
  readonly agentId: string;
  readonly agentName: string;
  /** The board that owns the newest epoch. */
  readonly boardId: string;
  readonly epoch: number;
  /** The newest session ever granted, of any epoch. */
  readonly session: number;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  /** The state begins with a runtime block (SPEC, "Runtime block"). */
  readonly runtimeBlock: boolean;
  /** How long the owner may run without an answer of its host; 0: as long as it likes. */
  readonly leaseMs: number;
  /** The head: sequence 0 is the state of all zeros, which every agent has before its first commit. */
  readonly sequence: number;
  readonly digest: number;
  /** The epoch in which the head was appended; 0 while there is none. */
  readonly headEpoch: number;
  /** What is under way with this agent, as whoever put it wrote it; undefined: nothing. Not to be changed. */
  readonly plan: Uint8Array | undefined;
}

export interface StoredAgent extends AgentRecord {
  /** The head's content, sizeBytes long; the caller owns it. */
  readonly state: Uint8Array;
}

/** A compare-and-set: it happens only if the agent's epoch, session and head are the expected ones (0 and 0: the agent does not exist). */
export interface Grant {
  readonly expectEpoch: number;
  readonly expectSession: number;
  /** The head's sequence that is known to whoever asks; left out: whatever it is. An append changes neither epoch nor session. */
  readonly expectSequence?: number;
  readonly epoch: number;
  readonly session: number;
  readonly boardId: string;
  readonly agentName: string;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  readonly runtimeBlock: boolean;
  /** Default 0. */
  readonly leaseMs?: number;
  /** Appended in the new epoch, in one with the grant: both happen, or neither. */
  readonly append?: Omit<Append, 'epoch'> | undefined;
}

/** One verified change of the head. */
export interface Append {
  /** Must be the agent's epoch, or the append is a conflict. */
  readonly epoch: number;
  /** Must be the head's sequence, or the append is a conflict. */
  readonly baseSequence: number;
  readonly sequence: number;
  /** Digest of the whole state after the change. */
  readonly digest: number;
  /** The change as a stored (codec 0) run stream with its end mark: no head, no check. The store may keep it. */
  readonly delta: Uint8Array;
  /** How many commits it spans. */
  readonly commits: number;
}

/** One retained point of an agent's line. */
export interface HistoryPoint {
  readonly sequence: number;
  readonly epoch: number;
  readonly digest: number;
  readonly deltaBytes: number;
  readonly commits: number;
  /** A whole state is kept here. */
  readonly checkpoint: boolean;
}

export interface StateAt {
  /** The nearest retained sequence that is not above the one asked for. */
  readonly sequence: number;
  readonly epoch: number;
  readonly digest: number;
  readonly state: Uint8Array;
}

export interface StoredInput {
  /** 1, 2, 3 ... per agent, never used twice. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Something an operator should know, kept in order. `detail` is JSON. */
export interface StoredEvent {
  readonly kind: string;
  readonly detail: string;
}

export interface VerifyReport {
  readonly agentId: string;
  readonly points: number;
  /** Empty when everything retained could be rebuilt with the digest it was stored with; else one line per fault. */
  readonly faults: readonly string[];
}

export interface Store {
  /** Other hosts may have it open too: what this one knows of an agent may be over. Absent: it has the store for itself. */
  readonly isShared?: boolean;
  load(agentId: string, done: DoneWith<StoredAgent | undefined>): void;
  list(done: DoneWith<readonly AgentRecord[]>): void;
  /** Creates or re-grants an agent. 'conflict' when the expected epoch, session and head, or the base of `append`, are not the stored ones. */
  grant(agentId: string, grant: Grant, done: Done): void;
  /** Appends to the head and makes it durable; writes checkpoints by itself. 'conflict' when epoch or base are not the stored ones. */
  append(agentId: string, append: Append, done: Done): void;
  /** Keeps what is under way with this agent, at most 4096 bytes, in place of what was kept before; undefined: nothing is any more. */
  putPlan(agentId: string, plan: Uint8Array | undefined, done: Done): void;
  stateAt(agentId: string, sequence: number, done: DoneWith<StateAt | undefined>): void;
  history(agentId: string, done: DoneWith<readonly HistoryPoint[]>): void;
  putSchema(fingerprint: string, schema: Uint8Array, done: Done): void;
  getSchema(fingerprint: string, done: DoneWith<Uint8Array | undefined>): void;
  /** 'conflict' when `input.number` is not above every number kept or dropped before. */
  putInput(agentId: string, input: StoredInput, done: Done): void;
  /** In the order of their numbers. */
  inputs(agentId: string, done: DoneWith<readonly StoredInput[]>): void;
  /** Drops all inputs with a number up to and including `number`: a durable head has consumed them. */
  dropInputs(agentId: string, number: number, done: Done): void;
  putEvent(agentId: string, event: StoredEvent, done: Done): void;
  events(agentId: string, done: DoneWith<readonly StoredEvent[]>): void;
  /** Forgets the agent with all it retains. */
  forget(agentId: string, done: Done): void;
  verify(agentId: string, done: DoneWith<VerifyReport>): void;
  /** Waits for what was begun, then closes; every later call ends in 'closed'. */
  close(done: Done): void;
}
