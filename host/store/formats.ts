import {
  AGENT_NAME_BYTES_MAX,
  FINGERPRINT_BYTES,
  ID_BYTES,
  LEASE_MS_MAX,
  MESSAGE_BYTES_MAX,
  SCHEMA_BYTES_MAX,
  STATE_BYTES_MAX,
} from '../../src/wire/constants.js';
import { RecordReader, RecordWriter } from './record.js';
import type { StoredEvent } from './store.js';

// The fields of every record, after kind and version and before the checksum.

const KIND_FORMAT = 0;
const KIND_AGENT = 1;
const KIND_DELTA = 2;
const KIND_CHECKPOINT = 3;
const KIND_INPUT = 4;
const KIND_INPUT_MARK = 5;
const KIND_EVENT = 6;
const KIND_SCHEMA = 7;
const KIND_PLAN = 8;

/** Version 2 ends with the lease. */
const AGENT_VERSION = 2;

export const FOLDER_VERSION = 1;
/** A stored run stream has a few bytes of run headers per page more than the state itself. */
export const DELTA_BYTES_MAX = STATE_BYTES_MAX + STATE_BYTES_MAX / 64;
export const EVENT_KIND_BYTES_MAX = 64;
export const EVENT_DETAIL_BYTES_MAX = 4096;
export const PLAN_BYTES_MAX = 4096;
const FLAG_RUNTIME_BLOCK = 1;

/** What is durable of an agent apart from its line; the head is the line's last point. */
export interface AgentFields {
  readonly agentName: string;
  readonly boardId: string;
  readonly epoch: number;
  readonly session: number;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  readonly runtimeBlock: boolean;
  readonly leaseMs: number;
}

export interface DeltaFields {
  readonly epoch: number;
  readonly baseSequence: number;
  readonly sequence: number;
  readonly digest: number;
  readonly commits: number;
  readonly delta: Uint8Array;
}

export interface CheckpointFields {
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: number;
  readonly state: Uint8Array;
}

/** u32 version of the folder's keys. */
export function encodeFormat(key: string): Uint8Array {
  return new RecordWriter(key, KIND_FORMAT).u32(FOLDER_VERSION).finish();
}

export function decodeFormat(key: string, bytes: Uint8Array): number {
  const reader = new RecordReader(key, KIND_FORMAT, bytes);
  const version = reader.u32();
  reader.end();
  return version;
}

/** boardId 16 · epoch u53 · session u53 · sizeBytes u32 · fingerprint 8 · flags u8 (bit 0 runtime block) · name text · leaseMs u32 (not in version 1) */
export function encodeAgent(key: string, agent: AgentFields): Uint8Array {
  return new RecordWriter(key, KIND_AGENT, 128, AGENT_VERSION)
    .hex(agent.boardId)
    .u53(agent.epoch)
    .u53(agent.session)
    .u32(agent.sizeBytes)
    .hex(agent.fingerprint)
    .u8(agent.runtimeBlock ? FLAG_RUNTIME_BLOCK : 0)
    .text(agent.agentName)
    .u32(agent.leaseMs)
    .finish();
}

export function decodeAgent(key: string, bytes: Uint8Array): AgentFields {
  const reader = new RecordReader(key, KIND_AGENT, bytes, AGENT_VERSION);
  const boardId = reader.hex(ID_BYTES);
  const epoch = reader.u53();
  const session = reader.u53();
  const sizeBytes = reader.u32();
  const fingerprint = reader.hex(FINGERPRINT_BYTES);
  const flags = reader.u8();
  const agentName = reader.text(AGENT_NAME_BYTES_MAX);
  const leaseMs = reader.version === 1 ? 0 : reader.u32();
  reader.end();
  if (sizeBytes < 1 || sizeBytes > STATE_BYTES_MAX) throw reader.fault(`a state of ${sizeBytes} bytes`);
  if ((flags & ~FLAG_RUNTIME_BLOCK) !== 0) throw reader.fault(`unknown flags ${flags}`);
  if (leaseMs > LEASE_MS_MAX) throw reader.fault(`a lease of ${leaseMs} ms`);
  return { agentName, boardId, epoch, session, sizeBytes, fingerprint, runtimeBlock: flags === FLAG_RUNTIME_BLOCK, leaseMs };
}

/** epoch u53 · baseSequence u53 · sequence u53 · digest u32 · commits u53 · delta bytes (codec 0 run stream with its end mark) */
export function encodeDelta(key: string, delta: DeltaFields): Uint8Array {
  return new RecordWriter(key, KIND_DELTA, 48 + delta.delta.length)
    .u53(delta.epoch)
    .u53(delta.baseSequence)
    .u53(delta.sequence)
    .u32(delta.digest)
    .u53(delta.commits)
    .bytes(delta.delta)
    .finish();
}

export function decodeDelta(key: string, bytes: Uint8Array): DeltaFields {
  const reader = new RecordReader(key, KIND_DELTA, bytes);
  const epoch = reader.u53();
  const baseSequence = reader.u53();
  const sequence = reader.u53();
  const digest = reader.u32();
  const commits = reader.u53();
  const delta = reader.bytes(DELTA_BYTES_MAX);
  reader.end();
  if (sequence <= baseSequence) throw reader.fault(`sequence ${sequence} does not follow its base ${baseSequence}`);
  return { epoch, baseSequence, sequence, digest, commits, delta };
}

/** epoch u53 · sequence u53 · digest u32 · state bytes */
export function encodeCheckpoint(key: string, checkpoint: CheckpointFields): Uint8Array {
  return new RecordWriter(key, KIND_CHECKPOINT, 32 + checkpoint.state.length)
    .u53(checkpoint.epoch)
    .u53(checkpoint.sequence)
    .u32(checkpoint.digest)
    .bytes(checkpoint.state)
    .finish();
}

export function decodeCheckpoint(key: string, bytes: Uint8Array): CheckpointFields {
  const reader = new RecordReader(key, KIND_CHECKPOINT, bytes);
  const epoch = reader.u53();
  const sequence = reader.u53();
  const digest = reader.u32();
  const state = reader.bytes(STATE_BYTES_MAX);
  reader.end();
  return { epoch, sequence, digest, state };
}

/** message bytes */
export function encodeInput(key: string, message: Uint8Array): Uint8Array {
  return new RecordWriter(key, KIND_INPUT).bytes(message).finish();
}

export function decodeInput(key: string, bytes: Uint8Array): Uint8Array {
  const reader = new RecordReader(key, KIND_INPUT, bytes);
  const message = reader.bytes(MESSAGE_BYTES_MAX);
  reader.end();
  return message;
}

/** highest input number that was dropped u53 */
export function encodeInputMark(key: string, number: number): Uint8Array {
  return new RecordWriter(key, KIND_INPUT_MARK).u53(number).finish();
}

export function decodeInputMark(key: string, bytes: Uint8Array): number {
  const reader = new RecordReader(key, KIND_INPUT_MARK, bytes);
  const number = reader.u53();
  reader.end();
  return number;
}

/** kind text · detail text (JSON) */
export function encodeEvent(key: string, event: StoredEvent): Uint8Array {
  return new RecordWriter(key, KIND_EVENT).text(event.kind).text(event.detail).finish();
}

export function decodeEvent(key: string, bytes: Uint8Array): StoredEvent {
  const reader = new RecordReader(key, KIND_EVENT, bytes);
  const kind = reader.text(EVENT_KIND_BYTES_MAX);
  const detail = reader.text(EVENT_DETAIL_BYTES_MAX);
  reader.end();
  return { kind, detail };
}

/** what is under way: bytes (JSON) */
export function encodePlan(key: string, plan: Uint8Array): Uint8Array {
  return new RecordWriter(key, KIND_PLAN, plan.length + 8).bytes(plan).finish();
}

export function decodePlan(key: string, bytes: Uint8Array): Uint8Array {
  const reader = new RecordReader(key, KIND_PLAN, bytes);
  const plan = reader.bytes(PLAN_BYTES_MAX);
  reader.end();
  return plan;
}

/** schema bytes */
export function encodeSchema(key: string, schema: Uint8Array): Uint8Array {
  return new RecordWriter(key, KIND_SCHEMA, schema.length + 8).bytes(schema).finish();
}

export function decodeSchema(key: string, bytes: Uint8Array): Uint8Array {
  const reader = new RecordReader(key, KIND_SCHEMA, bytes);
  const schema = reader.bytes(SCHEMA_BYTES_MAX);
  reader.end();
  return schema;
}
