import type { AgentDefinition } from 'godwit/agent/definition';
import { ByteReader } from 'godwit/wire/byte-reader';
import {
  CRC_BYTES,
  DIRECTION_DOWN,
  DIRECTION_UP,
  ENROL_COMMIT,
  ENROL_REPLACE,
  ENROLLED_ALREADY,
  ENROLLED_DONE,
  ENROLLED_HAS_SETTINGS,
  ENROLLED_KNOWN,
  ENROLLED_MORE,
  ENROLLED_NOT_STORED,
  ENROLLED_REFUSED,
  HEAD_BYTES,
  KIND_ENROL,
  KIND_ENROLLED,
} from 'godwit/wire/constants';
import { EnrolFrame, EnrolledMessage } from 'godwit/wire/enrol-frames';
import { checkHead, FRAME_OK, frameSeed, isSealed, kindOf } from 'godwit/wire/frame';
import { FrameBuilder } from 'godwit/wire/frame-builder';
import {
  SETTING_AGENT_ID,
  SETTING_BOARD_ID,
  SETTING_LINK,
  SETTING_LINK_NAME,
  SETTING_MAX,
  SETTINGS_BYTES_MAX,
  SETTINGS_OK,
} from 'godwit/wire/settings';
import { SettingsReader } from 'godwit/wire/settings-reader';

/** Answers that may follow each other at once: three enrolments. A frame that could not be answered is not looked at. */
export const ENROL_ANSWERS_MAX = 32;
/** One more answer every so long. */
export const ENROL_ANSWER_EVERY_MS = 250;
/** New settings are followed so long after they were stored: the answer leaves first, and a lost one can be asked for again. */
export const ENROL_APPLY_MS = 500;

/** The board is another one, or runs for another agent. */
export const CHANGED_IDENTITY = 1;
/** The way to the host is another one. */
export const CHANGED_LINK = 2;

/** Where a board keeps its settings: the bytes as they are. */
export interface SettingsStore {
  /** Fills `target` and returns how many bytes there are; 0: none. More than `target` holds: not ours, 0. */
  load(target: Uint8Array): number;
  /** Durable when it returns true. False: the settings are as they were. `changed`: CHANGED_*, for what must go with the old ones. */
  save(bytes: Uint8Array, count: number, changed: number): boolean;
  /** The agent that the board has, 16 bytes (zeros: none), if that is not the one of its settings any more. */
  readonly agentId?: Uint8Array | undefined;
}

/**
 * Told after settings were stored and answered. `changed`: CHANGED_* together; both for a board that had none, 0 where somebody
 * replaced them by the same (which are not written again).
 */
export type SettingsChanged = (changed: number) => void;

/**
 * The board's side of enrolment, for its serial line and for nothing else: who holds the cable may say whose the board is.
 * Pieces are staged in one buffer and checked as a whole before anything is stored (I6). Nothing is allocated after the start.
 */
export class Enrolment {
  /** The frame that poll() made. */
  readonly frame: Uint8Array;
  /** What the board has; only to be read while isEnrolled. */
  readonly settings = new SettingsReader();
  isEnrolled = false;
  readonly counters = Object.seal({ frames: 0, badChecks: 0, badFields: 0, unanswered: 0, refused: 0, stored: 0, notStored: 0 });
  readonly #store: SettingsStore;
  readonly #changed: SettingsChanged;
  readonly #builder = new FrameBuilder();
  readonly #reader = new ByteReader();
  readonly #piece = new EnrolFrame();
  readonly #answer = new EnrolledMessage();
  readonly #downSeed = frameSeed(DIRECTION_DOWN, 0);
  readonly #upSeed = frameSeed(DIRECTION_UP, 0);
  readonly #kept = new Uint8Array(SETTINGS_BYTES_MAX);
  readonly #staged = new Uint8Array(SETTINGS_BYTES_MAX);
  readonly #candidate = new SettingsReader();
  #stagedNonce = 0;
  #stagedTotal = 0;
  #stagedBytes = 0;
  /** Of the settings stored last: the answer may be lost, and is given again. -1: none. */
  #doneNonce = -1;
  #answerDue = false;
  #answersLeft = ENROL_ANSWERS_MAX;
  #refilledMs = 0;
  #changedBits = 0;
  #applyMs = Number.POSITIVE_INFINITY;

  constructor(agent: AgentDefinition, store: SettingsStore, changed: SettingsChanged) {
    this.#store = store;
    this.#changed = changed;
    this.frame = this.#builder.bytes;
    this.#answer.agentNameBytes = agent.nameBytes.length;
    this.#answer.agentName.set(agent.nameBytes);
    this.#answer.fingerprint.set(agent.state.fingerprint);
    this.#answer.stateBytes = agent.sizeBytes;
    this.isEnrolled = this.settings.read(this.#kept, 0, store.load(this.#kept));
  }

  /** True: the frame was an ENROL, sound or not. Others are the link's. */
  take(nowMs: number, bytes: Uint8Array, at: number, count: number): boolean {
    if (checkHead(bytes, at, count) !== FRAME_OK || kindOf(bytes[at]!) !== KIND_ENROL) return false;
    this.counters.frames++;
    if (!isSealed(bytes, at, count, this.#downSeed)) {
      this.counters.badChecks++;
      return true;
    }
    this.#reader.begin(bytes, at + HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    if (!this.#piece.read(this.#reader)) this.counters.badFields++;
    else if (!this.#mayAnswer(nowMs)) this.counters.unanswered++;
    else this.#answerWith(this.#follow(nowMs, bytes));
    return true;
  }

  /** Makes the next frame in `frame`; returns its length, 0 if there is none. */
  poll(_nowMs: number): number {
    if (!this.#answerDue) return 0;
    this.#answerDue = false;
    this.#builder.begin(KIND_ENROLLED);
    this.#answer.write(this.#builder);
    return this.#builder.seal(this.#upSeed);
  }

  /** Has the board follow new settings once it is time. */
  tick(nowMs: number): void {
    if (nowMs < this.#applyMs) return;
    this.#applyMs = Number.POSITIVE_INFINITY;
    const changed = this.#changedBits;
    this.#changedBits = 0;
    this.#changed(changed);
  }

  /** Settings are stored that the board does not follow yet. */
  get isApplying(): boolean {
    return this.#applyMs !== Number.POSITIVE_INFINITY;
  }

  /** When tick() must be called next; Infinity: not at all. */
  dueMs(_nowMs: number): number {
    return this.#applyMs;
  }

  /** The code of the answer to the piece. */
  #follow(nowMs: number, bytes: Uint8Array): number {
    const piece = this.#piece;
    if (piece.isQuery) return ENROLLED_KNOWN;
    if ((piece.flags & ENROL_COMMIT) !== 0 && piece.nonce === this.#doneNonce) return ENROLLED_DONE;
    if (this.isEnrolled && (piece.flags & ENROL_REPLACE) === 0) return ENROLLED_ALREADY;
    if (!this.#stage(bytes) || (piece.flags & ENROL_COMMIT) === 0) return ENROLLED_MORE;
    const code = this.#commit(nowMs);
    this.#staged.fill(0);
    this.#stagedBytes = 0;
    return code;
  }

  /** False: the piece is not the next one. */
  #stage(bytes: Uint8Array): boolean {
    const piece = this.#piece;
    if (piece.offset === 0) {
      this.#stagedNonce = piece.nonce;
      this.#stagedTotal = piece.totalBytes;
      this.#stagedBytes = 0;
    }
    if (piece.nonce !== this.#stagedNonce || piece.totalBytes !== this.#stagedTotal || piece.offset !== this.#stagedBytes) return false;
    for (let index = 0; index < piece.chunkBytes; index++) this.#staged[piece.offset + index] = bytes[piece.chunkAt + index]!;
    this.#stagedBytes = piece.offset + piece.chunkBytes;
    return true;
  }

  #commit(nowMs: number): number {
    const count = this.#stagedBytes;
    if (!this.#candidate.read(this.#staged, 0, count)) {
      this.counters.refused++;
      return ENROLLED_REFUSED;
    }
    const changed = this.#differences();
    if (changed !== 0 && !this.#store.save(this.#staged, count, changed)) {
      this.counters.notStored++;
      return ENROLLED_NOT_STORED;
    }
    this.#kept.set(this.#staged);
    this.isEnrolled = this.settings.read(this.#kept, 0, count);
    this.#doneNonce = this.#piece.nonce;
    if (changed !== 0) this.counters.stored++;
    this.#changedBits |= changed;
    this.#applyMs = Math.min(this.#applyMs, nowMs + ENROL_APPLY_MS);
    return ENROLLED_DONE;
  }

  /** What has changed between the board's settings and the candidate: CHANGED_*. */
  #differences(): number {
    if (!this.isEnrolled) return CHANGED_IDENTITY | CHANGED_LINK;
    const hasAgent = this.#hasAgent();
    let changed = hasAgent ? 0 : CHANGED_IDENTITY;
    for (let field = 1; field <= SETTING_MAX; field++) {
      if (this.settings.same(this.#candidate, field)) continue;
      const isIdentity = field === SETTING_BOARD_ID || (field === SETTING_AGENT_ID && !hasAgent);
      changed |= isIdentity ? CHANGED_IDENTITY : CHANGED_LINK;
    }
    return changed;
  }

  /** The candidate's agent is the one that the board has. */
  #hasAgent(): boolean {
    const { agentId } = this.#store;
    if (agentId === undefined) return this.settings.same(this.#candidate, SETTING_AGENT_ID);
    const at = this.#candidate.at(SETTING_AGENT_ID);
    for (let index = 0; index < agentId.length; index++) if (this.#staged[at + index] !== agentId[index]) return false;
    return true;
  }

  #answerWith(code: number): void {
    const answer = this.#answer;
    const refused = code === ENROLLED_REFUSED;
    answer.nonce = this.#piece.nonce;
    answer.code = code;
    answer.fault = refused ? this.#candidate.fault : SETTINGS_OK;
    answer.field = refused ? this.#candidate.faultField : 0;
    const isOurs = this.#piece.nonce === this.#stagedNonce;
    answer.nextOffset = code === ENROLLED_MORE && isOurs ? this.#stagedBytes : 0;
    this.#nameBoard();
    this.#answerDue = true;
  }

  #nameBoard(): void {
    const { settings } = this;
    const answer = this.#answer;
    answer.flags = this.isEnrolled ? ENROLLED_HAS_SETTINGS : 0;
    answer.link = settings.number(SETTING_LINK);
    this.#copy(SETTING_BOARD_ID, answer.boardId);
    const { agentId } = this.#store;
    if (agentId === undefined) this.#copy(SETTING_AGENT_ID, answer.agentId);
    else answer.agentId.set(agentId);
    this.#copy(SETTING_LINK_NAME, answer.linkName);
    answer.linkNameBytes = settings.count(SETTING_LINK_NAME);
  }

  #copy(field: number, target: Uint8Array): void {
    const at = this.settings.at(field);
    const count = this.settings.count(field);
    for (let index = 0; index < count; index++) target[index] = this.#kept[at + index]!;
  }

  #mayAnswer(nowMs: number): boolean {
    const due = Math.floor((nowMs - this.#refilledMs) / ENROL_ANSWER_EVERY_MS);
    if (due > 0) {
      this.#answersLeft = Math.min(ENROL_ANSWERS_MAX, this.#answersLeft + due);
      this.#refilledMs += due * ENROL_ANSWER_EVERY_MS;
    }
    if (this.#answersLeft === 0) return false;
    this.#answersLeft--;
    return true;
  }
}
