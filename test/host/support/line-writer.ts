import type { Append, Grant, Store, StoreError } from '../../../host/store/store.js';
import { StoredEncoder } from '../../../src/codec/stored.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

export const BOARD = 'b0'.repeat(16);
export const FINGERPRINT = 'f1'.repeat(8);

/** A callback operation of a store as a promise. */
export function asked<Value>(call: (done: (error: StoreError | undefined, value?: Value) => void) => void): Promise<Value> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value as Value))));
}

export function firstGrant(sizeBytes: number, change: Partial<Grant> = {}): Grant {
  return {
    expectEpoch: 0,
    expectSession: 0,
    epoch: 1,
    session: 1,
    boardId: BOARD,
    agentName: 'kestrel',
    sizeBytes,
    fingerprint: FINGERPRINT,
    runtimeBlock: false,
    ...change,
  };
}

/** Writes an agent's line as the sessions do: real page memory, real run streams. */
export class LineWriter {
  readonly memory: PageMemory;
  sequence = 0;
  readonly #encoder = new StoredEncoder();

  constructor(sizeBytes: number) {
    this.memory = new PageMemory({ sizeBytes });
  }

  get state(): Uint8Array {
    return this.memory.bytes.slice(0, this.memory.sizeBytes);
  }

  /** The append after `write` changed the memory; `commits` commits are told as one delta. */
  next(write: (memory: PageMemory) => void, commits = 1, epoch = 1): Append {
    const { memory } = this;
    write(memory);
    if (!memory.capture()) throw new Error('the write changed nothing');
    const out = new Uint8Array(memory.bytes.length * 2 + 16);
    this.#encoder.begin(memory.runs, memory);
    const length = this.#encoder.produce(out, 0, out.length);
    if (!this.#encoder.done) throw new Error('the delta did not fit');
    memory.release();
    const baseSequence = this.sequence;
    this.sequence += commits;
    return { epoch, baseSequence, sequence: this.sequence, digest: memory.digest, delta: out.slice(0, length), commits };
  }
}

export async function appendAll(store: Store, agentId: string, appends: readonly Append[]): Promise<void> {
  await Promise.all(appends.map((append) => asked<void>((done) => store.append(agentId, append, done))));
}
