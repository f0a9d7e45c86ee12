import type { Snapshot } from 'classic-level';
import { type AgentFields, type DeltaFields, decodeCheckpoint, decodeDelta } from './formats.js';
import { numberedKey, numberOfKey, numberRange, seriesRange } from './keys.js';
import { RecordError } from './record.js';
import { StateBuilder } from './state-builder.js';
import type { HistoryPoint } from './store.js';
import type { Database } from './synced-batches.js';

// An agent's line: checkpoints, and the deltas between and after them. Reading it checks all of it.

/** A read of the database as it was at one instant; to be closed. */
export type View = { readonly database: Database; readonly snapshot: Snapshot };

/** Runs `read` on one unchanging view of the database. */
export async function withView<Result>(database: Database, read: (view: View) => Promise<Result>): Promise<Result> {
  const snapshot = database.snapshot();
  try {
    return await read({ database, snapshot });
  } finally {
    await snapshot.close();
  }
}

/** Sequences of the checkpoints that are kept, oldest first. */
export async function checkpointSequences(view: View, agentId: string): Promise<number[]> {
  const keys = view.database.keys({ ...seriesRange(agentId, 'c'), snapshot: view.snapshot });
  return (await keys.all()).map(numberOfKey);
}

/** The deltas with sequences above `after`, up to and including `through`, in order; a few at a time are in memory. */
export async function* deltas(view: View, agentId: string, after: number, through?: number): AsyncGenerator<DeltaFields> {
  const entries = view.database.iterator({ ...numberRange(agentId, 'd', after, through), snapshot: view.snapshot });
  for await (const [key, bytes] of entries) {
    const delta = decodeDelta(key, bytes);
    if (delta.sequence !== numberOfKey(key)) throw new RecordError(key, `it holds sequence ${delta.sequence}`);
    yield delta;
  }
}

/** Restarts the builder from the checkpoint at `sequence`; throws RecordError if its content has not the digest it was stored with. */
export async function startFrom(view: View, builder: StateBuilder, agentId: string, sequence: number): Promise<void> {
  const key = numberedKey(agentId, 'c', sequence);
  const bytes = await view.database.get(key, { snapshot: view.snapshot });
  if (bytes === undefined) throw new RecordError(key, 'it is missing');
  const checkpoint = decodeCheckpoint(key, bytes);
  if (checkpoint.sequence !== sequence) throw new RecordError(key, `it holds sequence ${checkpoint.sequence}`);
  if (checkpoint.state.length !== builder.sizeBytes)
    throw new RecordError(key, `its state has ${checkpoint.state.length} bytes, not ${builder.sizeBytes}`);
  builder.restart(checkpoint.state, sequence, checkpoint.epoch);
  if (builder.digest !== checkpoint.digest) throw new RecordError(key, digestFault(builder.digest, checkpoint.digest));
}

/** Applies one delta; throws RecordError if it does not follow, is malformed, or leads to another digest than it says. */
export function step(builder: StateBuilder, agentId: string, delta: DeltaFields): void {
  const key = numberedKey(agentId, 'd', delta.sequence);
  if (delta.baseSequence !== builder.sequence) {
    throw new RecordError(key, `it follows ${delta.baseSequence}, but the sequence before it is ${builder.sequence}`);
  }
  if (!builder.apply(delta.delta, delta.sequence, delta.epoch)) throw new RecordError(key, 'its run stream is malformed');
  if (builder.digest !== delta.digest) throw new RecordError(key, digestFault(builder.digest, delta.digest));
}

/**
 * Rebuilds the nearest retained sequence that is not above `wanted`, from the nearest checkpoint below it.
 * Returns undefined when everything that old has been dropped; throws RecordError when a record on the way is damaged.
 */
export async function rebuild(view: View, agentId: string, agent: AgentFields, wanted?: number): Promise<StateBuilder | undefined> {
  const checkpoints = await checkpointSequences(view, agentId);
  const below = wanted === undefined ? checkpoints : checkpoints.filter((sequence) => sequence <= wanted);
  const builder = new StateBuilder(agent.sizeBytes);
  const from = below.at(-1);
  if (from !== undefined) await startFrom(view, builder, agentId, from);
  else if (await beginsLater(view, agentId, checkpoints)) return undefined;
  for await (const delta of deltas(view, agentId, from ?? 0, wanted)) step(builder, agentId, delta);
  return builder;
}

/** Whether the line's beginning, all zeros, has been dropped. */
export async function beginsLater(view: View, agentId: string, checkpoints: readonly number[]): Promise<boolean> {
  if (checkpoints.length === 0) return false;
  const first = await view.database.keys({ ...seriesRange(agentId, 'd'), limit: 1, snapshot: view.snapshot }).all();
  return first.length === 0 || numberOfKey(first[0]!) > checkpoints[0]!;
}

function digestFault(found: number, stored: number): string {
  return `the state has digest ${hex(found)}, not ${hex(stored)}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The retained points of a line, oldest first. */
export async function readHistory(view: View, agentId: string): Promise<HistoryPoint[]> {
  const checkpoints = await checkpointSequences(view, agentId);
  const points: HistoryPoint[] = [];
  if (checkpoints.length > 0 && (await beginsLater(view, agentId, checkpoints))) {
    const key = numberedKey(agentId, 'c', checkpoints[0]!);
    const { sequence, epoch, digest } = decodeCheckpoint(
      key,
      (await view.database.get(key, { snapshot: view.snapshot })) ?? new Uint8Array(0),
    );
    points.push({ sequence, epoch, digest, deltaBytes: 0, commits: 0, checkpoint: true });
  }
  const marked = new Set(checkpoints);
  for await (const { sequence, epoch, digest, delta, commits } of deltas(view, agentId, points[0]?.sequence ?? 0)) {
    points.push({ sequence, epoch, digest, deltaBytes: delta.length, commits, checkpoint: marked.has(sequence) });
  }
  return points;
}
