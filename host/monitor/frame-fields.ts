import { readRecord } from '../../src/agent/describe-agent.js';
import { decodeUtf8 } from '../../src/state/utf8.js';
import type { ByteReader } from '../../src/wire/byte-reader.js';
import {
  ACK_DONE,
  ACK_PART,
  ACTION_PREPARE,
  HEARTBEAT_ANSWER,
  HEARTBEAT_NONCE,
  HELLO_DIVERGED,
  HELLO_FROZEN,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_RUNTIME_BLOCK,
  HELLO_SCHEMA,
  HELLO_UNDECIDED,
  HELLO_VACANT,
  KIND_ACTIVATE,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_ENROL,
  KIND_ENROLLED,
  KIND_ERROR,
  KIND_FREEZE,
  KIND_FROZEN,
  KIND_HASHES,
  KIND_HEARTBEAT,
  KIND_HELLO,
  KIND_INPUT,
  KIND_OUTPUT,
  KIND_REFUSED,
  KIND_RETIRE,
  KIND_SCHEMA,
  KIND_SCHEMA_REQUEST,
  KIND_THAW,
  KIND_WELCOME,
  WELCOME_STAGED,
} from '../../src/wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../../src/wire/delta-frame.js';
import { EnrolFrame, EnrolledMessage } from '../../src/wire/enrol-frames.js';
import { HelloMessage } from '../../src/wire/hello.js';
import { DiffsMessage, HashesFrame } from '../../src/wire/resync-frames.js';
import { ErrorFrame, HeartbeatFrame, MessageFrame, SchemaFrame } from '../../src/wire/small-frames.js';
import { RefusedMessage, WelcomeMessage } from '../../src/wire/welcome.js';
import { describeBoard } from '../enrol/board-description.js';
import { printable } from '../printable.js';
import { toHex } from '../sessions/hex.js';
import { activateFields, epochFields, freezeFields, frozenFields } from './ownership-fields.js';

export type FieldValue = string | number | boolean | readonly string[];
export type Fields = { readonly [name: string]: FieldValue };

const ACTIONS = ['', 'FRESH', 'CONTINUE', 'CONTINUE_UNDECIDED', 'RESYNC', 'REFILL', 'PREPARE'];
const REFUSALS = ['', 'CLONE', 'FENCED', 'NOT_OWNER', 'SIZE', 'FINGERPRINT', 'BUSY', 'VACANT', 'RETIRED'];
const ACK_STATES = ['', 'DONE', 'PART', 'MISMATCH', 'NO_ROOM'];
const ENROLLED_CODES = ['', 'KNOWN', 'MORE', 'DONE', 'ALREADY', 'REFUSED', 'NOT_STORED'];
const HELLO_FLAGS: readonly (readonly [number, string])[] = [
  [HELLO_HOLDS_PAGES, 'HOLDS_PAGES'],
  [HELLO_PARTIAL_PAGES, 'PARTIAL_PAGES'],
  [HELLO_RUNTIME_BLOCK, 'RUNTIME_BLOCK'],
  [HELLO_DIVERGED, 'DIVERGED'],
  [HELLO_UNDECIDED, 'UNDECIDED'],
  [HELLO_SCHEMA, 'SCHEMA'],
  [HELLO_VACANT, 'VACANT'],
  [HELLO_FROZEN, 'FROZEN'],
];
const PREVIEW_BYTES = 64;

/** A frame's fields by SPEC.md's names, safe for a terminal; undefined if they break a rule of their kind. */
export function fieldsOf(kind: number, reader: ByteReader): Fields | undefined {
  const read = READERS[kind];
  return read === undefined ? (reader.finished ? {} : undefined) : read(reader, kind);
}

const READERS: { readonly [kind: number]: ((reader: ByteReader, kind: number) => Fields | undefined) | undefined } = {
  [KIND_HELLO]: hello,
  [KIND_WELCOME]: welcome,
  [KIND_REFUSED]: refused,
  [KIND_DELTA_ONLY]: delta,
  [KIND_DELTA_FIRST]: delta,
  [KIND_DELTA_MIDDLE]: delta,
  [KIND_DELTA_LAST]: delta,
  [KIND_DELTA_ACK]: deltaAck,
  [KIND_DELTA_ASK]: (reader) => {
    const number = readDeltaAsk(reader);
    return number < 0 ? undefined : { number };
  },
  [KIND_HASHES]: (reader) => {
    const frame = new HashesFrame();
    return frame.read(reader) ? { round: frame.round, firstPage: frame.firstPage, count: frame.count } : undefined;
  },
  [KIND_DIFFS]: diffs,
  [KIND_HEARTBEAT]: (reader) => {
    const frame = new HeartbeatFrame();
    if (!frame.read(reader)) return undefined;
    const nonce = (frame.flags & HEARTBEAT_NONCE) !== 0 ? { nonce: frame.nonce } : {};
    return { sequence: frame.sequence, wantsAnswer: (frame.flags & HEARTBEAT_ANSWER) !== 0, ...nonce };
  },
  [KIND_SCHEMA]: (reader) => {
    const frame = new SchemaFrame();
    return frame.read(reader) ? { totalBytes: frame.totalBytes, offset: frame.offset, bytes: frame.chunkBytes } : undefined;
  },
  [KIND_SCHEMA_REQUEST]: (reader) => {
    const frame = new SchemaFrame();
    return frame.readRequest(reader) ? { offset: frame.offset } : undefined;
  },
  [KIND_OUTPUT]: output,
  [KIND_INPUT]: (reader) => {
    const frame = new MessageFrame();
    if (!frame.readInput(reader)) return undefined;
    const { number, previous, byteCount } = frame;
    return { number, previous, bytes: byteCount, data: preview(reader.bytes, frame.bytesAt, byteCount) };
  },
  [KIND_ERROR]: (reader) => {
    const frame = new ErrorFrame();
    return frame.read(reader) ? { code: frame.code, text: text(reader.bytes, frame.textAt, frame.textBytes) } : undefined;
  },
  [KIND_ENROL]: (reader) => {
    const frame = new EnrolFrame();
    if (!frame.read(reader)) return undefined;
    const { nonce, totalBytes, offset, chunkBytes } = frame;
    // Never what is in it: there may be passwords.
    return frame.isQuery ? { nonce: hex32(nonce), query: true } : { nonce: hex32(nonce), totalBytes, offset, bytes: chunkBytes };
  },
  [KIND_ENROLLED]: enrolled,
  [KIND_ACTIVATE]: activateFields,
  [KIND_FREEZE]: freezeFields,
  [KIND_FROZEN]: frozenFields,
  [KIND_THAW]: epochFields,
  [KIND_RETIRE]: epochFields,
};

function hello(reader: ByteReader): Fields | undefined {
  const message = new HelloMessage();
  if (!message.read(reader)) return undefined;
  const { flags } = message;
  return {
    board: toHex(message.boardId),
    agent: toHex(message.agentId),
    agentName: text(message.name, 0, message.nameBytes),
    stateBytes: message.sizeBytes,
    fingerprint: toHex(message.fingerprint),
    epoch: message.epoch,
    sequence: message.sequence,
    acknowledged: message.acknowledgedSequence,
    ...(flags & HELLO_UNDECIDED ? { undecided: message.undecidedSequence } : {}),
    flags: HELLO_FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name),
    fifoBytes: message.fifoBytes,
    windowFrames: message.windowFrames,
    ...(message.leaseMs > 0 ? { leaseMs: message.leaseMs } : {}),
    bootNonce: hex32(message.bootNonce),
    helloNonce: hex32(message.helloNonce),
  };
}

function welcome(reader: ByteReader): Fields | undefined {
  const message = new WelcomeMessage();
  if (!message.read(reader)) return undefined;
  return {
    action: ACTIONS[message.action]!,
    ...(message.action === ACTION_PREPARE ? { agent: toHex(message.agentId) } : {}),
    session: message.session,
    epoch: message.epoch,
    headSequence: message.headSequence,
    usedSequence: message.usedSequence,
    staged: (message.flags & WELCOME_STAGED) !== 0,
    windowFrames: message.windowFrames,
    helloNonce: hex32(message.helloNonce),
  };
}

function refused(reader: ByteReader): Fields | undefined {
  const message = new RefusedMessage();
  if (!message.read(reader)) return undefined;
  return { reason: REFUSALS[message.reason]!, retryAfterMs: message.retryAfterMs, helloNonce: hex32(message.helloNonce) };
}

function delta(reader: ByteReader, kind: number): Fields | undefined {
  const frame = new DeltaFrame();
  return frame.read(kind, reader) ? { number: frame.number, index: frame.index, bytes: frame.chunkBytes } : undefined;
}

function deltaAck(reader: ByteReader): Fields | undefined {
  const message = new DeltaAckMessage();
  if (!message.read(reader)) return undefined;
  const { number, state, credit } = message;
  return {
    number,
    state: ACK_STATES[state]!,
    credit,
    ...(state === ACK_DONE ? { sequence: message.sequence } : {}),
    ...(state === ACK_PART ? { framesInOrder: message.framesInOrder } : {}),
  };
}

function diffs(reader: ByteReader): Fields | undefined {
  const message = new DiffsMessage();
  if (!message.read(reader)) return undefined;
  let differing = 0;
  for (let index = 0; index < message.count; index++) if (message.differs(index)) differing++;
  return { round: message.round, firstPage: message.firstPage, count: message.count, differing };
}

function output(reader: ByteReader): Fields | undefined {
  const frame = new MessageFrame();
  if (!frame.readOutput(reader)) return undefined;
  const record = readRecord(reader.bytes.slice(frame.bytesAt, frame.bytesAt + frame.byteCount), frame.byteCount);
  const { name, data } = record;
  return { sequence: frame.number, index: frame.index, name: printable(name), bytes: data.length, data: preview(data, 0, data.length) };
}

function enrolled(reader: ByteReader): Fields | undefined {
  const message = new EnrolledMessage();
  if (!message.read(reader)) return undefined;
  const { isEnrolled, boardId, agentId, linkName, link, agentName, stateBytes } = describeBoard(message);
  return {
    nonce: hex32(message.nonce),
    code: ENROLLED_CODES[message.code]!,
    ...(message.fault > 0 ? { fault: message.fault, field: message.field } : {}),
    ...(message.nextOffset > 0 ? { nextOffset: message.nextOffset } : {}),
    ...(isEnrolled ? { board: boardId, agent: agentId, link, linkName } : { enrolled: false }),
    agentName: printable(agentName),
    stateBytes,
  };
}

function text(bytes: Uint8Array, at: number, count: number): string {
  return printable(decodeUtf8(bytes, at, count));
}

/** The beginning of a message: as text if it is some, else in hex. */
function preview(bytes: Uint8Array, at: number, count: number): string {
  const shown = bytes.slice(at, at + Math.min(count, PREVIEW_BYTES));
  const asText = decodeUtf8(shown, 0, shown.length);
  const more = count > PREVIEW_BYTES ? '...' : '';
  return (printable(asText) === asText && !asText.includes('\ufffd') ? JSON.stringify(asText) : `0x${toHex(shown)}`) + more;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
