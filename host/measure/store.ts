import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoredEncoder } from '../../src/codec/stored.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { LevelStore } from '../store/level-store.js';
import type { Append, StoreError } from '../store/store.js';

export interface StoreMeasureOptions {
  readonly boards?: number;
  /** Bytes changed by each delta, in one run. */
  readonly deltaBytes?: number;
  readonly stateBytes?: number;
  readonly durationMs?: number;
  /** Where the store is made; a temporary folder if absent. */
  readonly folder?: string;
}

export interface StoreMeasure {
  readonly boards: number;
  readonly deltaBytes: number;
  readonly durableDeltasPerSecond: number;
  readonly syncsPerSecond: number;
  readonly deltasPerSync: number;
}

const DELTA_VARIANTS = 16;

/** Durable appends per second of boards that each wait for one acknowledgement before they send the next delta. */
export async function measureStore(options: StoreMeasureOptions = {}): Promise<StoreMeasure> {
  const { boards = 256, deltaBytes = 300, stateBytes = 8192, durationMs = 3000 } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'godwit-measure-'));
  const store = await LevelStore.open(folder);
  try {
    const writers = await Promise.all(Array.from({ length: boards }, (_, index) => openWriter(store, index, stateBytes, deltaBytes)));
    const batchesBefore = store.counters.batches!;
    const beginMs = performance.now();
    const endMs = beginMs + durationMs;
    const appended = await Promise.all(writers.map((append) => appendUntil(append, endMs)));
    const seconds = (performance.now() - beginMs) / 1000;
    const deltas = appended.reduce((sum, count) => sum + count, 0);
    const syncs = store.counters.batches! - batchesBefore;
    return {
      boards,
      deltaBytes,
      durableDeltasPerSecond: Math.round(deltas / seconds),
      syncsPerSecond: Math.round(syncs / seconds),
      deltasPerSync: Math.round(deltas / syncs),
    };
  } finally {
    await new Promise<void>((resolve) => store.close(() => resolve()));
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

type AppendNext = (done: (error: StoreError | undefined) => void) => void;

async function openWriter(store: LevelStore, index: number, stateBytes: number, deltaBytes: number): Promise<AppendNext> {
  const agentId = index.toString(16).padStart(32, '0');
  const meta = { boardId: agentId, agentName: `m${index}`, sizeBytes: stateBytes, fingerprint: '0'.repeat(16), runtimeBlock: false };
  await new Promise<void>((resolve, reject) =>
    store.grant(agentId, { expectEpoch: 0, expectSession: 0, epoch: 1, session: 1, ...meta }, (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  // The store replays what it is given for its checkpoints, so that the deltas must lead somewhere: a cycle of states.
  const cycle = deltaCycle(stateBytes, deltaBytes);
  let sequence = 0;
  return (done) => {
    const step = sequence === 0 ? cycle.first : cycle.next[(sequence - 1) % cycle.next.length]!;
    const append: Append = { epoch: 1, baseSequence: sequence, sequence: sequence + 1, commits: 1, ...step };
    sequence++;
    store.append(agentId, append, done);
  };
}

type Step = Pick<Append, 'delta' | 'digest'>;

/** The step away from zeros, and then steps round a circle of states. */
function deltaCycle(stateBytes: number, deltaBytes: number): { first: Step; next: Step[] } {
  const memory = new PageMemory({ sizeBytes: stateBytes });
  const encoder = new StoredEncoder();
  const out = new Uint8Array(deltaBytes * 2 + 64);
  const steps = Array.from({ length: DELTA_VARIANTS + 1 }, (_, round): Step => {
    for (let at = 0; at < deltaBytes; at += 4) memory.setU32(at, Math.imul(at + 1, (round % DELTA_VARIANTS) + 0x9e3779b1) | 1);
    memory.capture();
    encoder.begin(memory.runs, memory);
    const length = encoder.produce(out, 0, out.length);
    memory.release();
    return { delta: out.slice(0, length), digest: memory.digest };
  });
  return { first: steps[0]!, next: steps.slice(1) };
}

function appendUntil(append: AppendNext, endMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const next = (error?: StoreError): void => {
      if (error !== undefined) reject(error);
      else if (performance.now() >= endMs) resolve(count);
      else {
        count++;
        append(next);
      }
    };
    next();
  });
}
