import { readFields } from './agent-entry.js';
import { type AgentFields, decodeDelta, decodeEvent, decodeInput, decodeInputMark, decodePlan, decodeSchema } from './formats.js';
import { inputMarkKey, numberOfKey, planKey, schemaKey, seriesRange } from './keys.js';
import { beginsLater, checkpointSequences, startFrom, step, type View } from './line.js';
import { RecordError } from './record.js';
import { StateBuilder } from './state-builder.js';
import { StoreError, type VerifyReport } from './store.js';

export const FAULTS_SHOWN_MAX = 100;

/**
 * Rebuilds every retained point of an agent and compares its digest, and every checkpoint byte for byte with what the deltas
 * before it lead to; reads its inputs, events and schema. After a fault it goes on from the next checkpoint.
 */
export async function verifyLine(view: View, agentId: string): Promise<VerifyReport> {
  const faults: string[] = [];
  const report = (error: unknown): void => {
    if (!(error instanceof RecordError)) throw error;
    if (faults.length < FAULTS_SHOWN_MAX) faults.push(error.message);
  };
  let points = 0;
  try {
    const fields = await readFields(view, agentId);
    if (fields === undefined) throw new StoreError('missing', `there is no agent ${agentId}`);
    points = await verifyPoints(view, agentId, fields, report);
    await verifySchema(view, fields).catch(report);
  } catch (error) {
    report(error);
  }
  await verifyRest(view, agentId, report);
  return { agentId, points, faults };
}

async function verifyPoints(view: View, agentId: string, fields: AgentFields, report: (error: unknown) => void): Promise<number> {
  const checkpoints = await checkpointSequences(view, agentId);
  const builder = new StateBuilder(fields.sizeBytes);
  const fromCheckpoint = new StateBuilder(fields.sizeBytes);
  let points = 0;
  let sound = !(await beginsLater(view, agentId, checkpoints));

  const passCheckpoint = async (): Promise<void> => {
    const sequence = checkpoints.shift()!;
    try {
      await startFrom(view, fromCheckpoint, agentId, sequence);
      if (sound && builder.sequence === sequence && !Buffer.from(builder.state).equals(fromCheckpoint.state)) {
        throw new RecordError(`checkpoint ${sequence} of ${agentId}`, 'it is not what its deltas lead to');
      }
      if (sound && builder.sequence === sequence) return;
      builder.restart(fromCheckpoint.state, sequence, fromCheckpoint.epoch);
      sound = true;
      points++;
    } catch (error) {
      report(error);
    }
  };

  for await (const [key, bytes] of view.database.iterator({ ...seriesRange(agentId, 'd'), snapshot: view.snapshot })) {
    while (checkpoints.length > 0 && checkpoints[0]! < numberOfKey(key)) await passCheckpoint();
    try {
      const delta = decodeDelta(key, bytes);
      if (delta.sequence !== numberOfKey(key)) throw new RecordError(key, `it holds sequence ${delta.sequence}`);
      if (!sound) continue;
      step(builder, agentId, delta);
      points++;
    } catch (error) {
      report(error);
      sound = false;
    }
  }
  while (checkpoints.length > 0) await passCheckpoint();
  return points;
}

async function verifySchema(view: View, fields: AgentFields): Promise<void> {
  const key = schemaKey(fields.fingerprint);
  const bytes = await view.database.get(key, { snapshot: view.snapshot });
  if (bytes !== undefined) decodeSchema(key, bytes);
}

async function verifyRest(view: View, agentId: string, report: (error: unknown) => void): Promise<void> {
  const check = async (series: 'e' | 'i', decode: (key: string, bytes: Uint8Array) => unknown): Promise<void> => {
    for await (const [key, bytes] of view.database.iterator({ ...seriesRange(agentId, series), snapshot: view.snapshot })) {
      try {
        decode(key, bytes);
      } catch (error) {
        report(error);
      }
    }
  };
  await check('i', decodeInput);
  await check('e', decodeEvent);
  for (const [key, decodeOne] of [
    [inputMarkKey(agentId), decodeInputMark],
    [planKey(agentId), decodePlan],
  ] as const) {
    const bytes = await view.database.get(key, { snapshot: view.snapshot });
    try {
      if (bytes !== undefined) decodeOne(key, bytes);
    } catch (error) {
      report(error);
    }
  }
}
