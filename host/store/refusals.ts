import { AGENT_NAME_BYTES_MAX, LEASE_MS_MAX, MESSAGE_BYTES_MAX, SCHEMA_BYTES_MAX, STATE_BYTES_MAX } from '../../src/wire/constants.js';
import { DELTA_BYTES_MAX, EVENT_DETAIL_BYTES_MAX, EVENT_KIND_BYTES_MAX, PLAN_BYTES_MAX } from './formats.js';
import { RecordError } from './record.js';
import { type Append, type Grant, type StoredEvent, type StoredInput, StoreError } from './store.js';

// What is wrong with a request, before anything is looked up; undefined if nothing is.

const ID = /^[0-9a-f]{32}$/;
const FINGERPRINT = /^[0-9a-f]{16}$/;

export function grantFault(agentId: string, grant: Grant): StoreError | undefined {
  if (!ID.test(agentId) || !ID.test(grant.boardId)) return invalid(`agent ${agentId}, board ${grant.boardId}: an id has 32 hex digits`);
  if (!FINGERPRINT.test(grant.fingerprint)) return invalid(`fingerprint ${grant.fingerprint}: it has 16 hex digits`);
  if (!isCount(grant.sizeBytes) || grant.sizeBytes < 1 || grant.sizeBytes > STATE_BYTES_MAX)
    return invalid(`a state of ${grant.sizeBytes} bytes`);
  if (!isCount(grant.epoch) || !isCount(grant.session)) return invalid(`epoch ${grant.epoch}, session ${grant.session}`);
  if (Buffer.byteLength(grant.agentName) > AGENT_NAME_BYTES_MAX) return invalid(`a name of more than ${AGENT_NAME_BYTES_MAX} bytes`);
  const { leaseMs = 0 } = grant;
  if (!isCount(leaseMs) || leaseMs > LEASE_MS_MAX) return invalid(`a lease of ${leaseMs} ms`);
  return grant.append === undefined ? undefined : appendFault(grant.append);
}

export function appendFault(append: Omit<Append, 'epoch'>): StoreError | undefined {
  const { baseSequence, sequence, commits, digest } = append;
  if (!isCount(baseSequence) || !isCount(sequence) || sequence <= baseSequence)
    return invalid(`sequence ${sequence} after ${baseSequence}`);
  if (!isCount(commits) || digest >>> 0 !== digest) return invalid(`${commits} commits, digest ${digest}`);
  if (append.delta.length > DELTA_BYTES_MAX) return invalid(`a delta of ${append.delta.length} bytes`);
  return undefined;
}

export function schemaFault(fingerprint: string, schema: Uint8Array): StoreError | undefined {
  if (!FINGERPRINT.test(fingerprint)) return invalid(`fingerprint ${fingerprint}: it has 16 hex digits`);
  return schema.length > SCHEMA_BYTES_MAX ? invalid(`a schema of ${schema.length} bytes`) : undefined;
}

export function inputFault(input: StoredInput): StoreError | undefined {
  if (!isCount(input.number) || input.number < 1) return invalid(`input number ${input.number}`);
  return input.bytes.length > MESSAGE_BYTES_MAX
    ? invalid(`an input of ${input.bytes.length} bytes; ${MESSAGE_BYTES_MAX} are the most`)
    : undefined;
}

export function eventFault(event: StoredEvent): StoreError | undefined {
  if (Buffer.byteLength(event.kind) > EVENT_KIND_BYTES_MAX) return invalid(`an event's kind has ${EVENT_KIND_BYTES_MAX} bytes at most`);
  if (Buffer.byteLength(event.detail) > EVENT_DETAIL_BYTES_MAX)
    return invalid(`an event's detail has ${EVENT_DETAIL_BYTES_MAX} bytes at most`);
  return undefined;
}

export function planFault(plan: Uint8Array | undefined): StoreError | undefined {
  if (plan === undefined || plan.length <= PLAN_BYTES_MAX) return undefined;
  return invalid(`a plan of ${plan.length} bytes; ${PLAN_BYTES_MAX} are the most`);
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function invalid(message: string): StoreError {
  return new StoreError('invalid', message);
}

export function conflict(message: string): StoreError {
  return new StoreError('conflict', message);
}

export function missing(agentId: string): StoreError {
  return new StoreError('missing', `there is no agent ${agentId}`);
}

export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('io', error instanceof RecordError ? `${message}; verify tells all that is damaged` : message);
}
