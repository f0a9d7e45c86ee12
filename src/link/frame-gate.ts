import { ByteReader } from '../wire/byte-reader.js';
import {
  CRC_BYTES,
  HEAD_BYTES,
  KIND_ENROL,
  KIND_ENROLLED,
  KIND_HELLO,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_WELCOME,
} from '../wire/constants.js';
import { checkHead, FRAME_OK, frameSeed, isSealed, kindOf } from '../wire/frame.js';
import type { LinkCounters } from './counters.js';

export const GATE_REFUSED = 0;

/** Kinds that are sealed with session 0: they are spoken before there is a session. */
export function isSessionless(kind: number): boolean {
  return kind === KIND_HELLO || kind === KIND_WELCOME || kind === KIND_REFUSED || kind === KIND_NO_SESSION;
}

/** Kinds that belong to the serial line itself: no link takes them. */
function isOfTheLine(kind: number): boolean {
  return kind === KIND_ENROL || kind === KIND_ENROLLED;
}

/** Where every frame comes in: length, head and check, before anybody looks at a field (I6). */
export class FrameGate {
  /** Set on the fields of the frame let through last. */
  readonly reader = new ByteReader();
  readonly #counters: LinkCounters;
  readonly #direction: number;
  readonly #zeroSeed: number;
  #seed = 0;
  #open = false;

  /** `direction` is that of the frames that come in. */
  constructor(direction: number, counters: LinkCounters) {
    this.#counters = counters;
    this.#direction = direction;
    this.#zeroSeed = frameSeed(direction, 0);
  }

  /** From here on frames of this session pass; 0: none. */
  setSession(session: number): void {
    this.#open = session !== 0;
    this.#seed = frameSeed(this.#direction, session);
  }

  /** The kind of the frame, or GATE_REFUSED (and counted). */
  accept(bytes: Uint8Array, at: number, count: number): number {
    const counters = this.#counters;
    counters.framesIn++;
    counters.bytesIn += count;
    const kind = kindOf(bytes[at]!);
    if (checkHead(bytes, at, count) !== FRAME_OK || isOfTheLine(kind)) {
      counters.badHeads++;
      return GATE_REFUSED;
    }
    const sessionless = isSessionless(kind);
    if (!sessionless && !this.#open) {
      counters.sessionless++;
      return GATE_REFUSED;
    }
    if (!isSealed(bytes, at, count, sessionless ? this.#zeroSeed : this.#seed)) {
      counters.badChecks++;
      return GATE_REFUSED;
    }
    this.reader.begin(bytes, at + HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    return kind;
  }
}
