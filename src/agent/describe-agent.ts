import { describe, type Plain } from '../state/describe.js';
import { decodeSchema } from '../state/schema-decode.js';
import { decodeUtf8 } from '../state/utf8.js';
import { decodePreamble } from './preamble.js';
import { MAX_RECORD_BYTES } from './runtime-layout.js';
import { RuntimeReader } from './runtime-reader.js';

/** An agent's state as plain values: fields by name, and what the runtime keeps. */
export interface AgentDescription {
  readonly state: { readonly [name: string]: Plain };
  /** Undefined for a state without a runtime block. */
  readonly runtime?: {
    readonly clockMs: number;
    readonly inputCount: number;
    readonly timers: { readonly [name: string]: { readonly dueMs: number; readonly periodMs: number } | 'off' };
    /** Committed outputs that the state still holds, oldest first. */
    readonly outputs: readonly { readonly sequence: number; readonly index: number; readonly name: string; readonly text: string }[];
  };
}

/**
 * Names everything in an agent's state, from its schema's bytes and its own.
 * @throws RangeError for schema bytes or state bytes that are refused
 */
export function describeAgent(schemaBytes: Uint8Array, stateBytes: Uint8Array): AgentDescription {
  const { preamble } = decodeSchema(schemaBytes);
  const state = describe(schemaBytes, stateBytes);
  if (preamble.length === 0) return { state };
  const { timerNames } = decodePreamble(preamble);
  const reader = new RuntimeReader();
  if (!reader.open(stateBytes) || reader.timerCount !== timerNames.length) throw new RangeError('state bytes: no valid runtime block');
  const timers: { [name: string]: { dueMs: number; periodMs: number } | 'off' } = {};
  timerNames.forEach((name, timer) => {
    const dueMs = reader.timerDueMs(timer);
    timers[name] = dueMs === 0 ? 'off' : { dueMs, periodMs: reader.timerPeriodMs(timer) };
  });
  return { state, runtime: { clockMs: reader.clockMs, inputCount: reader.inputCount, timers, outputs: readOutputs(reader) } };
}

/** An output's record, as emit() made it. A record that is none has an empty name. */
export function readRecord(record: Uint8Array, count: number): { readonly name: string; readonly data: Uint8Array } {
  const nameBytes = count > 0 && record[0]! < count ? record[0]! : 0;
  return { name: decodeUtf8(record, 1, nameBytes), data: record.slice(Math.min(1 + nameBytes, count), count) };
}

function readOutputs(reader: RuntimeReader): { sequence: number; index: number; name: string; text: string }[] {
  const outputs: { sequence: number; index: number; name: string; text: string }[] = [];
  const record = new Uint8Array(MAX_RECORD_BYTES);
  while (reader.nextOutput()) {
    reader.copyRecord(record, 0);
    const { name, data } = readRecord(record, reader.recordBytes);
    outputs.push({ sequence: reader.sequence, index: reader.index, name, text: decodeUtf8(data, 0, data.length) });
  }
  return outputs;
}
