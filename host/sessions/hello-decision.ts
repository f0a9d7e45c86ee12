import { epochOfLine } from '../../src/link/epoch-line.js';
import {
  ACTION_CONTINUE,
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_REFILL,
  ACTION_RESYNC,
  HELLO_DIVERGED,
  HELLO_FROZEN,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  REFUSED_FENCED,
  REFUSED_FINGERPRINT,
  REFUSED_NOT_OWNER,
  REFUSED_RETIRED,
  REFUSED_SIZE,
} from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { AgentRecord } from '../store/store.js';
import { toHex } from './hex.js';

/** A board that an operator may let in later (by `forget`, or by a migration) asks again so rarely. */
export const REFUSED_RETRY_MS = 30_000;

export interface Refusal {
  readonly reason: number;
  readonly retryAfterMs: number;
  /** For people: what does not fit, and the way out. */
  readonly text: string;
}

export interface Admission {
  readonly action: number;
  /** The epoch to be granted. */
  readonly epoch: number;
  /** The board's line does not go through the head: both are kept. */
  readonly diverged: boolean;
}

/** The durable facts that a hello is judged by; a missing agent has an empty head. */
export type Head = Pick<AgentRecord, 'epoch' | 'headEpoch' | 'sequence' | 'digest'>;

/** Why this board may not have this agent; undefined: it may. */
export function refusalOf(hello: HelloMessage, record: AgentRecord): Refusal | undefined {
  const agent = `agent ${record.agentId} (${record.agentName})`;
  const boardId = toHex(hello.boardId);
  const holds = (hello.flags & HELLO_HOLDS_PAGES) !== 0;
  // Of the newest epoch, too: an old store may have granted it a second time.
  if (boardId !== record.boardId && holds && hello.epoch > 0 && hello.epoch <= record.epoch) {
    return refuse(REFUSED_RETIRED, `${agent} went on from board ${boardId} to ${record.boardId}: that board is vacant now`);
  }
  if (boardId !== record.boardId && hello.epoch > record.epoch) {
    const text = `${agent}: board ${boardId} has it in epoch ${hello.epoch}, the store knows ${record.epoch} of board ${record.boardId}: an old store; forget the agent to go on with that board's pages`;
    return refuse(REFUSED_NOT_OWNER, text);
  }
  if (boardId !== record.boardId) {
    return refuse(REFUSED_NOT_OWNER, `${agent} belongs to board ${record.boardId}, not to ${boardId}; forget the agent to give it away`);
  }
  if (hello.sizeBytes !== record.sizeBytes) {
    return refuse(
      REFUSED_SIZE,
      `${agent} has ${record.sizeBytes} bytes of state, the board ${hello.sizeBytes}; forget the agent to start anew`,
    );
  }
  const fingerprint = toHex(hello.fingerprint);
  if (fingerprint !== record.fingerprint) {
    return refuse(
      REFUSED_FINGERPRINT,
      `${agent} has a state of schema ${record.fingerprint}, the board one of ${fingerprint}; forget the agent to start anew`,
    );
  }
  const wasAlone = (hello.flags & HELLO_DIVERGED) !== 0;
  if (holds && !wasAlone && hello.epoch < record.epoch && !isThawDue(hello, record)) {
    const text = `${agent}: board ${boardId} holds pages of epoch ${hello.epoch}, the newest is ${record.epoch}; cut its power, or enroll it again, to let it start anew`;
    return { reason: REFUSED_FENCED, retryAfterMs: 0, text };
  }
  return undefined;
}

/** It stands still at the head, and was granted a newer epoch that it has not heard of: nobody else ran in between. */
function isThawDue(hello: HelloMessage, head: Head): boolean {
  return (hello.flags & HELLO_FROZEN) !== 0 && admitHolder(hello, head).action !== ACTION_RESYNC;
}

/** How a board that may have the agent goes on. `isHeld`: a frozen one stays so; else it is thawed, by an epoch newer than its own. */
export function admit(hello: HelloMessage, head: Head, isHeld = false): Admission {
  const admission = (hello.flags & HELLO_HOLDS_PAGES) !== 0 ? admitHolder(hello, head) : admitEmpty(hello, head);
  const isThaw = (hello.flags & HELLO_FROZEN) !== 0 && !isHeld && admission.epoch === hello.epoch;
  return isThaw ? { ...admission, epoch: admission.epoch + 1 } : admission;
}

/**
 * A common point is the triple of epoch, sequence and digest, never a sequence alone; nothing was appended between the epoch of the head
 * and the newest. A board that kept its RAM keeps its epoch, so that a welcome that gets lost does not fence it. One that went on from
 * a checkpoint lost its RAM, and its checkpoint may be of any older epoch: it gets a new one.
 */
function admitHolder(hello: HelloMessage, head: Head): Admission {
  const wasAlone = (hello.flags & HELLO_DIVERGED) !== 0;
  // What a board numbers alone lies in the numbers of an epoch that is granted to it now, however often it began anew.
  const epoch = wasAlone ? Math.max(hello.epoch + 1, head.epoch + 1, epochOfLine(hello.sequence + 1)) : Math.max(hello.epoch, head.epoch);
  const sameLine = hello.epoch >= head.headEpoch && hello.epoch <= head.epoch;
  const agrees = sameLine && hello.acknowledgedSequence === head.sequence && hello.acknowledgedDigest === head.digest;
  // A checkpoint is loaded without marks: only page hashes tell how it differs from the common point.
  if (wasAlone) return { action: ACTION_RESYNC, epoch, diverged: head.sequence > 0 && !agrees };
  if (agrees) return { action: ACTION_CONTINUE, epoch, diverged: false };
  const undecided = sameLine && (hello.flags & HELLO_UNDECIDED) !== 0 && hello.undecidedSequence === head.sequence;
  if (undecided && hello.undecidedDigest === head.digest) return { action: ACTION_CONTINUE_UNDECIDED, epoch, diverged: false };
  return { action: ACTION_RESYNC, epoch, diverged: head.sequence > 0 };
}

/**
 * A board without a state: RAM that was lost costs an epoch, newer than the one in whose numbers the head lies; a refill cut short, or a
 * turn that threw, does not.
 */
function admitEmpty(hello: HelloMessage, head: Head): Admission {
  const keptRam = (hello.flags & HELLO_PARTIAL_PAGES) !== 0 && (hello.flags & HELLO_DIVERGED) === 0;
  const keepsEpoch = keptRam && hello.epoch === head.epoch && head.epoch > 0;
  const epoch = keepsEpoch ? head.epoch : Math.max(hello.epoch, head.epoch, epochOfLine(head.sequence)) + 1;
  return { action: head.sequence > 0 ? ACTION_REFILL : ACTION_FRESH, epoch, diverged: false };
}

function refuse(reason: number, text: string): Refusal {
  return { reason, retryAfterMs: REFUSED_RETRY_MS, text };
}
