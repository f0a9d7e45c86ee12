import { type Direction, DOWN } from '../links/port.js';
import { ACK_MISMATCH, ACK_NO_ROOM, ACK_PART, KIND_DIFFS, KIND_HASHES, type Peeked } from './frame-peek.js';
import type { RarePathCounts } from './rare-paths.js';

const ACTION_CONTINUE_UNDECIDED = 3;
const ACTION_RESYNC = 4;
const ACTION_REFILL = 5;
const WELCOME_STAGED = 1;
const REFUSED_CLONE = 1;
const REFUSED_FENCED = 2;
const FLAG_HISTORY_RESTART = 8;

/** Counts the rare paths that show on the wire. */
export function countFrame(rare: RarePathCounts, direction: Direction, peeked: Peeked, bytes: Uint8Array): void {
  switch (peeked.kind) {
    case 'ack':
      if (peeked.state === ACK_MISMATCH) rare.add('delta mismatch');
      if (peeked.state === ACK_NO_ROOM) rare.add('no room');
      if (peeked.state === ACK_PART && peeked.hasGap) rare.add('part acknowledged');
      if (peeked.credit === 0 && direction === DOWN) rare.add('credit 0');
      return;
    case 'welcome':
      if (peeked.action === ACTION_CONTINUE_UNDECIDED) rare.add('undecided delta kept');
      if (peeked.action === ACTION_RESYNC) rare.add('resync by hashes');
      if (peeked.action === ACTION_REFILL) rare.add('refill');
      if ((peeked.flags & WELCOME_STAGED) !== 0) rare.add('torn delta resumed');
      return;
    case 'refused':
      if (peeked.reason === REFUSED_CLONE) rare.add('clone refused');
      if (peeked.reason === REFUSED_FENCED) rare.add('board fenced');
      return;
    case 'delta':
      if (peeked.index === 0 && (bytes[peeked.chunkAt]! & FLAG_HISTORY_RESTART) !== 0) rare.add('history restarted');
      return;
    case 'other':
      if (peeked.type === KIND_HASHES) rare.add('page hashes compared');
      if (peeked.type === KIND_DIFFS && hasDifference(bytes)) rare.add('pages differ');
  }
}

/** DIFFS: head, round, first page varint, count varint, a bit per page. */
function hasDifference(bytes: Uint8Array): boolean {
  let at = 2;
  while (bytes[at]! >= 128) at++;
  const count = bytes[at + 1]!;
  for (let i = 0; i < (count + 7) >>> 3; i++) if (bytes[at + 2 + i] !== 0) return true;
  return false;
}
