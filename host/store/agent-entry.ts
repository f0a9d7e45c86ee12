import { type AgentFields, decodeAgent, decodeCheckpoint, decodeInputMark, decodePlan } from './formats.js';
import { agentKey, inputMarkKey, numberedKey, numberOfKey, planKey, seriesRange } from './keys.js';
import { checkpointSequences, deltas, type View } from './line.js';
import { StateBuilder } from './state-builder.js';
import type { AgentRecord, StoreError } from './store.js';

interface Head {
  readonly sequence: number;
  readonly digest: number;
  readonly headEpoch: number;
}

/** What the store keeps in memory of each agent, to decide about a write without reading: never its state. */
export interface AgentEntry {
  fields: AgentFields;
  /** Of the newest append, which may still be on its way to the disk. */
  sequence: number;
  /** The newest durable one. */
  head: Head;
  /** Since the last checkpoint. */
  deltaCount: number;
  deltaBytes: number;
  lastInput: number;
  /** Numbers of the inputs that wait, ascending. */
  inputs: number[];
  nextEvent: number;
  eventCount: number;
  plan: Uint8Array | undefined;
  /** Why this agent's line takes nothing more; undefined while it is sound. */
  damage: StoreError | undefined;
}

export function newEntry(fields: AgentFields): AgentEntry {
  return {
    fields,
    sequence: 0,
    head: { sequence: 0, digest: new StateBuilder(fields.sizeBytes).digest, headEpoch: 0 },
    deltaCount: 0,
    deltaBytes: 0,
    lastInput: 0,
    inputs: [],
    nextEvent: 1,
    eventCount: 0,
    plan: undefined,
    damage: undefined,
  };
}

/** An agent's record; undefined if there is no such agent. Throws RecordError. */
export async function readFields(view: View, agentId: string): Promise<AgentFields | undefined> {
  const key = agentKey(agentId);
  const bytes = await view.database.get(key, { snapshot: view.snapshot });
  return bytes && decodeAgent(key, bytes);
}

/** What is under way with an agent. Throws RecordError. */
export async function readPlan(view: View, agentId: string): Promise<Uint8Array | undefined> {
  const key = planKey(agentId);
  const bytes = await view.database.get(key, { snapshot: view.snapshot });
  return bytes && decodePlan(key, bytes).slice();
}

/** Reads an agent's entry; undefined if there is no such agent. Throws RecordError. */
export async function readEntry(view: View, agentId: string): Promise<AgentEntry | undefined> {
  const fields = await readFields(view, agentId);
  if (fields === undefined) return undefined;
  const entry = newEntry(fields);
  await readHead(view, agentId, entry);

  const { database, snapshot } = view;
  const mark = await database.get(inputMarkKey(agentId), { snapshot });
  entry.inputs = (await database.keys({ ...seriesRange(agentId, 'i'), snapshot }).all()).map(numberOfKey);
  entry.lastInput = Math.max(entry.inputs.at(-1) ?? 0, mark === undefined ? 0 : decodeInputMark(inputMarkKey(agentId), mark));
  const events = await database.keys({ ...seriesRange(agentId, 'e'), snapshot }).all();
  entry.eventCount = events.length;
  entry.plan = await readPlan(view, agentId);
  entry.nextEvent = events.length > 0 ? numberOfKey(events.at(-1)!) + 1 : 1;
  return entry;
}

async function readHead(view: View, agentId: string, entry: AgentEntry): Promise<void> {
  const checkpoint = (await checkpointSequences(view, agentId)).at(-1);
  if (checkpoint !== undefined) {
    const key = numberedKey(agentId, 'c', checkpoint);
    const { sequence, digest, epoch } = decodeCheckpoint(
      key,
      (await view.database.get(key, { snapshot: view.snapshot })) ?? new Uint8Array(0),
    );
    entry.head = { sequence, digest, headEpoch: epoch };
  }
  for await (const { sequence, digest, epoch, delta } of deltas(view, agentId, checkpoint ?? 0)) {
    entry.head = { sequence, digest, headEpoch: epoch };
    entry.deltaCount++;
    entry.deltaBytes += delta.length;
  }
  entry.sequence = entry.head.sequence;
}

export function recordOf(agentId: string, entry: AgentEntry): AgentRecord {
  return { agentId, ...entry.fields, ...entry.head, plan: entry.plan };
}
