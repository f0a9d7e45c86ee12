import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROL_QUERY,
  ENROL_REPLACE,
  ENROLLED_ALREADY,
  ENROLLED_DONE,
  ENROLLED_KNOWN,
  ENROLLED_MORE,
  ENROLLED_NOT_STORED,
  ENROLLED_REFUSED,
} from '../../src/wire/constants.js';
import type { EnrolledMessage } from '../../src/wire/enrol-frames.js';
import type { FrameBuilder } from '../../src/wire/frame-builder.js';
import type { BoardSettings } from '../../src/wire/settings.js';
import { SettingsReader } from '../../src/wire/settings-reader.js';
import { toHex } from '../sessions/hex.js';
import { agentIdText, type BoardDescription, describeBoard } from './board-description.js';
import { EnrolError } from './enrol-error.js';
import { EnrolLine } from './enrol-line.js';
import { packSettings } from './pack-settings.js';
import { settingsFaultText } from './settings-text.js';

/** A board boots, opens its port and loads its program within this. */
export const ENROL_TIMEOUT_MS = 10_000;

export interface EnrolOptions {
  /** Settings that the board has already may be replaced. */
  readonly replace?: boolean;
  /** How long the board may leave one question unanswered. */
  readonly timeoutMs?: number;
}

export interface EnrolReport extends BoardDescription {
  /** Frames sent, and how many of them because no answer came. */
  readonly frames: number;
  readonly repeated: number;
}

/**
 * Asks a board who it is. The stream stays open.
 * @throws EnrolError if nobody answers
 */
export async function queryBoard(stream: Duplex, options: { readonly timeoutMs?: number } = {}): Promise<BoardDescription> {
  const line = new EnrolLine(stream);
  const nonce = newNonce();
  const write = (builder: FrameBuilder): void => {
    builder.u32(nonce);
    builder.u8(ENROL_QUERY);
  };
  try {
    return describeBoard(await line.ask(nonce, write, (answer) => answer.code === ENROLLED_KNOWN, options.timeoutMs ?? ENROL_TIMEOUT_MS));
  } finally {
    line.release();
  }
}

/**
 * Tells a board who it is and where its host is. It stores all of it or nothing, and follows it half a second later. The stream stays open.
 *
 * @param stream the board's serial line, 8N1 at the board's present baud rate; over nothing else does a board take this
 * @throws EnrolError naming what is wrong and what to do; after "closed", "silent", "noise" or "deaf" the board may have stored it all the same
 */
export async function enrollBoard(stream: Duplex, settings: BoardSettings, options: EnrolOptions = {}): Promise<EnrolReport> {
  const record = packSettings(settings);
  const line = new EnrolLine(stream);
  try {
    const board = await sendRecord(line, record, options);
    if (board.boardId !== toHex(settings.boardId) || board.agentId !== agentIdText(settings.agentId))
      throw new EnrolError('stranger', 'the board says it is done, but names other ids than those it was given: ask it who it is', board);
    return { ...board, frames: line.sent, repeated: line.repeated };
  } finally {
    line.release();
  }
}

async function sendRecord(line: EnrolLine, record: Uint8Array, options: EnrolOptions): Promise<BoardDescription> {
  const nonce = newNonce();
  const timeoutMs = options.timeoutMs ?? ENROL_TIMEOUT_MS;
  let offset = 0;
  for (;;) {
    // A piece may be repeated after the board was reset: then its answer names an earlier offset, and the next repetition begins there.
    let nextOffset = offset;
    let sentEnd = 0;
    const write = (builder: FrameBuilder): void => {
      offset = nextOffset;
      sentEnd = writePiece(builder, nonce, record, offset, options.replace === true);
    };
    const isProgress = (answer: EnrolledMessage): boolean => {
      if (answer.code !== ENROLLED_MORE) return answer.code !== ENROLLED_KNOWN;
      // An answer that comes twice must not make every later piece go twice.
      nextOffset = answer.nextOffset < record.length ? answer.nextOffset : 0;
      return answer.nextOffset === sentEnd && sentEnd < record.length;
    };
    const answer = await line.ask(nonce, write, isProgress, timeoutMs);
    if (answer.code === ENROLLED_MORE) {
      offset = answer.nextOffset;
      continue;
    }
    // Pieces were taken, so it had no settings: a board that was reset after it stored the last one has ours.
    if (answer.code === ENROLLED_ALREADY && offset > 0 && sameIds(answer, record)) return describeBoard(answer);
    return ended(answer);
  }
}

function writePiece(builder: FrameBuilder, nonce: number, record: Uint8Array, offset: number, replace: boolean): number {
  const count = Math.min(ENROL_CHUNK_BYTES_MAX, record.length - offset);
  const end = offset + count;
  builder.u32(nonce);
  builder.u8((replace ? ENROL_REPLACE : 0) | (end === record.length ? ENROL_COMMIT : 0));
  builder.varint(record.length);
  builder.varint(offset);
  builder.copyFrom(record, offset, count);
  return end;
}

function sameIds(answer: EnrolledMessage, record: Uint8Array): boolean {
  const sent = new SettingsReader();
  if (!sent.read(record, 0, record.length)) return false;
  const { boardId, agentId } = sent.settings();
  return toHex(boardId) === toHex(answer.boardId) && toHex(agentId) === toHex(answer.agentId);
}

function ended(answer: EnrolledMessage): BoardDescription {
  const board = describeBoard(answer);
  switch (answer.code) {
    case ENROLLED_DONE:
      return board;
    case ENROLLED_ALREADY:
      throw new EnrolError(
        'enrolled',
        `it is board ${board.boardId} already, ${board.agentId === '' ? 'vacant' : `for agent ${board.agentId}`}: its settings are only replaced if that is asked for`,
        board,
      );
    case ENROLLED_REFUSED:
      throw new EnrolError('settings', `the board refuses the settings: ${settingsFaultText(answer.fault, answer.field)}`, board);
    case ENROLLED_NOT_STORED:
      throw new EnrolError(
        'not-stored',
        'the board could not store the settings: its flash is full or worn; erase it with godwit flash --erase-nvs',
        board,
      );
    default:
      throw new EnrolError('stranger', `the board answers with code ${answer.code}, which this program does not know`, board);
  }
}

function newNonce(): number {
  return randomBytes(4).readUInt32LE(0);
}
