import {
  type AgentRecord,
  type Append,
  type Grant,
  type HistoryPoint,
  type StateAt,
  type StoredAgent,
  type StoredEvent,
  type StoredInput,
  StoreError,
} from '../../host/store/store.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { LEASE_MS_MAX } from '../../src/wire/constants.js';
import { applyStoredRuns } from './stored-runs.js';

/** One write; applied to the page cache when it is asked for, to the disk when it is synced. */
export type StoreWrite =
  | { readonly kind: 'grant'; readonly agentId: string; readonly grant: Grant }
  | { readonly kind: 'append'; readonly agentId: string; readonly append: Append }
  | { readonly kind: 'plan'; readonly agentId: string; readonly plan: Uint8Array | undefined }
  | { readonly kind: 'schema'; readonly fingerprint: string; readonly schema: Uint8Array }
  | { readonly kind: 'input'; readonly agentId: string; readonly input: StoredInput }
  | { readonly kind: 'drop'; readonly agentId: string; readonly number: number }
  | { readonly kind: 'event'; readonly agentId: string; readonly event: StoredEvent }
  | { readonly kind: 'forget'; readonly agentId: string };

const CHECKPOINT_EVERY = 16;
const INPUT_BYTES_MAX = 240;
const PLAN_BYTES_MAX = 4096;
const AGENT_ID = /^[0-9a-f]{32}$/;
const FINGERPRINT = /^[0-9a-f]{16}$/;

interface Line {
  record: AgentRecord;
  state: Uint8Array;
  readonly digestOfZeros: number;
  readonly points: { readonly point: HistoryPoint; readonly delta: Uint8Array; readonly checkpoint: Uint8Array | undefined }[];
  inputs: StoredInput[];
  inputNumber: number;
  readonly events: StoredEvent[];
}

/** What a store holds, as a value: writes are checked wholly and then applied; a clone is what a disk still has after a crash. */
export class StoreImage {
  readonly #lines = new Map<string, Line>();
  readonly #schemas = new Map<string, Uint8Array>();

  /** The error of a refused write, of which nothing has been applied. */
  apply(write: StoreWrite): StoreError | undefined {
    switch (write.kind) {
      case 'grant':
        return this.#grant(write.agentId, write.grant);
      case 'append':
        return this.#append(write.agentId, write.append);
      case 'plan':
        return this.#plan(write.agentId, write.plan);
      case 'schema':
        if (!FINGERPRINT.test(write.fingerprint)) return new StoreError('invalid', `fingerprint "${write.fingerprint}"`);
        this.#schemas.set(write.fingerprint, write.schema.slice());
        return undefined;
      case 'forget':
        return this.#lines.delete(write.agentId) ? undefined : missing(write.agentId);
      default:
        return this.#note(write);
    }
  }

  agent(agentId: string): StoredAgent | undefined {
    const line = this.#lines.get(agentId);
    return line && { ...line.record, state: line.state.slice() };
  }

  /** The head's own bytes, not to be changed: for the checker, which looks after every event. */
  peek(agentId: string): { readonly record: AgentRecord; readonly state: Uint8Array } | undefined {
    return this.#lines.get(agentId);
  }

  agents(): AgentRecord[] {
    return [...this.#lines.values()].map((line) => line.record);
  }

  history(agentId: string): HistoryPoint[] | undefined {
    return this.#lines.get(agentId)?.points.map(({ point }) => point);
  }

  stateAt(agentId: string, sequence: number): StateAt | undefined {
    const line = this.#lines.get(agentId);
    if (line === undefined) return undefined;
    const end = line.points.findLastIndex(({ point }) => point.sequence <= sequence);
    if (end < 0)
      return sequence < 0 ? undefined : { sequence: 0, epoch: 0, digest: line.digestOfZeros, state: new Uint8Array(line.record.sizeBytes) };
    const { point } = line.points[end]!;
    const start = line.points.findLastIndex(({ checkpoint }, index) => index <= end && checkpoint !== undefined);
    const state = start < 0 ? new Uint8Array(line.record.sizeBytes) : line.points[start]!.checkpoint!.slice();
    for (let i = start + 1; i <= end; i++) applyStoredRuns(state, line.points[i]!.delta);
    return { sequence: point.sequence, epoch: point.epoch, digest: point.digest, state };
  }

  schema(fingerprint: string): Uint8Array | undefined {
    return this.#schemas.get(fingerprint)?.slice();
  }

  inputs(agentId: string): StoredInput[] | undefined {
    return this.#lines.get(agentId)?.inputs.map(({ number, bytes }) => ({ number, bytes: bytes.slice() }));
  }

  events(agentId: string): StoredEvent[] | undefined {
    return this.#lines.get(agentId)?.events.slice();
  }

  clone(): StoreImage {
    const copy = new StoreImage();
    for (const [agentId, line] of this.#lines) {
      copy.#lines.set(agentId, { ...line, state: line.state.slice(), points: [...line.points], events: [...line.events] });
    }
    for (const [fingerprint, schema] of this.#schemas) copy.#schemas.set(fingerprint, schema);
    return copy;
  }

  #grant(agentId: string, grant: Grant): StoreError | undefined {
    if (!AGENT_ID.test(agentId) || !AGENT_ID.test(grant.boardId) || !FINGERPRINT.test(grant.fingerprint)) {
      return new StoreError('invalid', `ids of a grant: ${agentId}, ${grant.boardId}, ${grant.fingerprint}`);
    }
    const line = this.#lines.get(agentId);
    const epoch = line?.record.epoch ?? 0;
    const session = line?.record.session ?? 0;
    if (grant.expectEpoch !== epoch || grant.expectSession !== session) {
      return new StoreError('conflict', `${agentId}: epoch ${epoch}, session ${session}, not ${grant.expectEpoch}, ${grant.expectSession}`);
    }
    const sequence = line?.record.sequence ?? 0;
    if (sequence !== (grant.expectSequence ?? sequence)) return new StoreError('conflict', `${agentId}: at sequence ${sequence}`);
    if (grant.leaseMs !== undefined && !(grant.leaseMs >= 0 && grant.leaseMs <= LEASE_MS_MAX))
      return new StoreError('invalid', `${agentId}: a lease of ${grant.leaseMs} ms`);
    if (grant.epoch < epoch || grant.session <= session) return new StoreError('invalid', `${agentId}: epoch and session only grow`);
    const { agentName, boardId, sizeBytes, fingerprint, runtimeBlock, leaseMs = 0 } = grant;
    const granted = { agentName, boardId, epoch: grant.epoch, session: grant.session, sizeBytes, fingerprint, runtimeBlock, leaseMs };
    if (line !== undefined) {
      if (line.record.sizeBytes !== grant.sizeBytes) return new StoreError('invalid', `${agentId}: ${line.record.sizeBytes} bytes`);
      const before = line.record;
      line.record = { ...before, ...granted };
      const refused = grant.append && this.#append(agentId, { ...grant.append, epoch: grant.epoch });
      if (refused !== undefined) line.record = before;
      return refused;
    }
    if (grant.append !== undefined) return missing(agentId);
    const digest = new PageMemory({ sizeBytes: grant.sizeBytes, maskCount: 0, copyCount: 0 }).digest;
    const record = { agentId, ...granted, sequence: 0, digest, headEpoch: 0, plan: undefined };
    const zeros = { record, state: new Uint8Array(grant.sizeBytes) };
    this.#lines.set(agentId, { ...zeros, digestOfZeros: digest, points: [], inputs: [], inputNumber: 0, events: [] });
    return undefined;
  }

  #append(agentId: string, append: Append): StoreError | undefined {
    const line = this.#lines.get(agentId);
    if (line === undefined) return missing(agentId);
    const { record } = line;
    if (append.epoch !== record.epoch || append.baseSequence !== record.sequence) {
      return new StoreError(
        'conflict',
        `${agentId}: epoch ${record.epoch}, head ${record.sequence}; append ${append.epoch}, ${append.baseSequence}`,
      );
    }
    if (append.sequence <= append.baseSequence)
      return new StoreError('invalid', `${agentId}: sequence ${append.sequence} is not above the head`);
    const state = line.state.slice();
    if (!applyStoredRuns(state, append.delta)) return new StoreError('invalid', `${agentId}: a delta that is no stream of stored runs`);
    line.state = state;
    line.record = { ...record, sequence: append.sequence, digest: append.digest, headEpoch: append.epoch };
    const checkpoint = line.points.length % CHECKPOINT_EVERY === CHECKPOINT_EVERY - 1;
    const { sequence, epoch, digest, commits } = append;
    const point = { sequence, epoch, digest, commits, deltaBytes: append.delta.length, checkpoint };
    line.points.push({ point, delta: append.delta.slice(), checkpoint: checkpoint ? state : undefined });
    return undefined;
  }

  #plan(agentId: string, plan: Uint8Array | undefined): StoreError | undefined {
    const line = this.#lines.get(agentId);
    if (line === undefined) return missing(agentId);
    if (plan !== undefined && plan.length > PLAN_BYTES_MAX) return new StoreError('invalid', `${agentId}: a plan of ${plan.length} bytes`);
    line.record = { ...line.record, plan: plan?.slice() };
    return undefined;
  }

  #note(write: StoreWrite & { readonly kind: 'input' | 'drop' | 'event' }): StoreError | undefined {
    const line = this.#lines.get(write.agentId);
    if (line === undefined) return missing(write.agentId);
    if (write.kind === 'event') line.events.push(write.event);
    else if (write.kind === 'drop') line.inputs = line.inputs.filter((input) => input.number > write.number);
    else {
      if (write.input.bytes.length > INPUT_BYTES_MAX)
        return new StoreError('invalid', `${write.agentId}: an input of ${write.input.bytes.length} bytes`);
      if (write.input.number <= line.inputNumber) return new StoreError('conflict', `${write.agentId}: input ${write.input.number} again`);
      line.inputNumber = write.input.number;
      line.inputs = [...line.inputs, { number: write.input.number, bytes: write.input.bytes.slice() }];
    }
    return undefined;
  }
}

const missing = (agentId: string) => new StoreError('missing', `no agent ${agentId}`);
