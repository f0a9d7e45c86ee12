import {
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
  KIND_NO_SESSION,
  KIND_OUTPUT,
  KIND_REFUSED,
  KIND_RETIRE,
  KIND_SCHEMA,
  KIND_SCHEMA_REQUEST,
  KIND_THAW,
  KIND_WELCOME,
} from '../../src/wire/constants.js';
import type { Way } from './seeds.js';

interface Kind {
  readonly name: string;
  readonly ways: readonly Way[];
  /** Sealed with session 0. */
  readonly sessionless?: true;
}

const UP = ['up'] as const;
const DOWN = ['down'] as const;
const BOTH = ['up', 'down'] as const;

/** What SPEC.md's table of kinds says. */
export const KINDS: { readonly [kind: number]: Kind | undefined } = {
  [KIND_HELLO]: { name: 'HELLO', ways: UP, sessionless: true },
  [KIND_WELCOME]: { name: 'WELCOME', ways: DOWN, sessionless: true },
  [KIND_REFUSED]: { name: 'REFUSED', ways: DOWN, sessionless: true },
  [KIND_DELTA_ONLY]: { name: 'DELTA_ONLY', ways: BOTH },
  [KIND_DELTA_FIRST]: { name: 'DELTA_FIRST', ways: BOTH },
  [KIND_DELTA_MIDDLE]: { name: 'DELTA_MIDDLE', ways: BOTH },
  [KIND_DELTA_LAST]: { name: 'DELTA_LAST', ways: BOTH },
  [KIND_DELTA_ACK]: { name: 'DELTA_ACK', ways: BOTH },
  [KIND_HASHES]: { name: 'HASHES', ways: UP },
  [KIND_DIFFS]: { name: 'DIFFS', ways: DOWN },
  [KIND_HEARTBEAT]: { name: 'HEARTBEAT', ways: BOTH },
  [KIND_SCHEMA]: { name: 'SCHEMA', ways: UP },
  [KIND_SCHEMA_REQUEST]: { name: 'SCHEMA_REQUEST', ways: DOWN },
  [KIND_OUTPUT]: { name: 'OUTPUT', ways: UP },
  [KIND_INPUT]: { name: 'INPUT', ways: DOWN },
  [KIND_ERROR]: { name: 'ERROR', ways: BOTH },
  [KIND_NO_SESSION]: { name: 'NO_SESSION', ways: DOWN, sessionless: true },
  [KIND_DELTA_ASK]: { name: 'DELTA_ASK', ways: BOTH },
  [KIND_ENROL]: { name: 'ENROL', ways: DOWN, sessionless: true },
  [KIND_ENROLLED]: { name: 'ENROLLED', ways: UP, sessionless: true },
  [KIND_ACTIVATE]: { name: 'ACTIVATE', ways: DOWN },
  [KIND_FREEZE]: { name: 'FREEZE', ways: DOWN },
  [KIND_FROZEN]: { name: 'FROZEN', ways: UP },
  [KIND_THAW]: { name: 'THAW', ways: DOWN },
  [KIND_RETIRE]: { name: 'RETIRE', ways: DOWN },
};
