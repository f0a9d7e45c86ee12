import { ByteReader } from '../../src/wire/byte-reader.js';
import {
  CRC_BYTES,
  HEAD_BYTES,
  KIND_DELTA_ACK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_HELLO,
  KIND_WELCOME,
} from '../../src/wire/constants.js';
import { DeltaFrame } from '../../src/wire/delta-frame.js';
import {
  checkHead,
  FRAME_BAD_KIND,
  FRAME_BAD_RESERVED,
  FRAME_BAD_VERSION,
  FRAME_OK,
  FRAME_TOO_SHORT,
  kindOf,
} from '../../src/wire/frame.js';
import { type DeltaSummary, DeltaWatch } from './delta-watch.js';
import { type Fields, fieldsOf } from './frame-fields.js';
import { KINDS } from './kinds.js';
import { LineReader } from './line-reader.js';
import { linesOf, looksLikeText } from './line-text.js';
import type { Way } from './seeds.js';
import { SessionEar } from './session-ear.js';

export interface TextSeen {
  readonly type: 'text';
  readonly text: string;
}

export interface FrameSeen {
  readonly type: 'frame';
  readonly kind: string;
  readonly way: Way;
  /** Of the bare frame. */
  readonly bytes: number;
  /** unknown: nobody knows the session yet, so the frame may be damaged. */
  readonly check: 'fits' | 'unknown';
  readonly session?: number;
  readonly fields: Fields;
  /** With the frame that completes one. */
  readonly delta?: DeltaSummary;
}

export interface BadSeen {
  readonly type: 'bad';
  readonly why: string;
  readonly bytes: number;
  /** The first bytes. */
  readonly hex: string;
}

export type Seen = TextSeen | FrameSeen | BadSeen;

export interface MonitorCounters {
  frames: number;
  unknownChecks: number;
  bad: number;
  textLines: number;
}

const HEX_BYTES = 16;

/** Reads what goes over a board's serial line, either way or both: text, frames with their fields, and what is neither. */
export class Monitor {
  readonly counters: MonitorCounters = { frames: 0, unknownChecks: 0, bad: 0, textLines: 0 };
  readonly #tell: (seen: Seen) => void;
  readonly #ear: SessionEar;
  readonly #line = new LineReader({
    frame: (bytes, count, before) => this.#onFrame(bytes, count, before),
    other: (bytes) => this.#onOther(bytes),
  });
  readonly #reader = new ByteReader();
  readonly #delta = new DeltaFrame();
  readonly #deltas = { up: new DeltaWatch(), down: new DeltaWatch() };
  /** Why the bytes that come again as other() are no frame. */
  #why = '';

  /** @param expected the way of frames that could go both ways, as long as nothing tells */
  constructor(tell: (seen: Seen) => void, expected: Way = 'up') {
    this.#tell = tell;
    this.#ear = new SessionEar(expected);
  }

  feed(bytes: Buffer): void {
    this.#line.feed(bytes);
  }

  /** The line is quiet. */
  idle(): void {
    this.#line.idle();
  }

  end(): void {
    this.#line.end();
  }

  #onFrame(bytes: Uint8Array, count: number, before: Buffer | undefined): boolean {
    const fault = headFault(bytes, count);
    if (fault !== '') return this.#refuse(fault, before);
    const kind = kindOf(bytes[0]!);
    const { name } = KINDS[kind]!;
    const { check, way } = this.#ear.hear(bytes, count, kind);
    if (check === 'differs') return this.#refuse(`${name}: its check differs`, before);
    const fields = this.#fields(kind, bytes, count);
    if (fields === undefined) return this.#refuse(`${name}: its fields break their rules`, before);
    if (before === undefined) {
      this.#frame(kind, way, bytes, count, check, fields);
      return true;
    }
    // Behind text any bytes may look like a frame.
    if (check === 'unknown') return false;
    this.#text(before);
    this.#bad(`${name} behind text without a delimiter: whoever waits for frames skips it`, Buffer.from(bytes.subarray(0, count)));
    return true;
  }

  #refuse(why: string, before: Buffer | undefined): false {
    if (before === undefined) this.#why = why;
    return false;
  }

  #fields(kind: number, bytes: Uint8Array, count: number): Fields | undefined {
    this.#reader.begin(bytes, HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    return fieldsOf(kind, this.#reader);
  }

  #frame(kind: number, way: Way, bytes: Uint8Array, count: number, check: 'fits' | 'unknown', fields: Fields): void {
    if (kind === KIND_HELLO) this.#ear.expectAnother();
    if (kind === KIND_WELCOME) this.#begin(fields);
    const delta = this.#follow(kind, way, bytes, count, fields);
    this.counters.frames++;
    if (check === 'unknown') this.counters.unknownChecks++;
    const { session } = this.#ear;
    const ofSession = KINDS[kind]!.sessionless !== true && check === 'fits' && session !== undefined;
    this.#tell({
      type: 'frame',
      kind: KINDS[kind]!.name,
      way,
      bytes: count,
      check,
      ...(ofSession ? { session } : {}),
      fields,
      ...(delta === undefined ? {} : { delta }),
    });
  }

  /** A session begins, and with it the numbers of its deltas. */
  #begin({ session, headSequence }: Fields): void {
    this.#ear.learn(session as number);
    // Whatever the board does first, its next delta changes the head; a refill begins at the state of all zeros.
    this.#deltas.up.reset(headSequence as number);
    this.#deltas.down.reset(0);
  }

  #follow(kind: number, way: Way, bytes: Uint8Array, count: number, fields: Fields): DeltaSummary | undefined {
    // An acknowledgement moves the base of the other way's deltas.
    if (kind === KIND_DELTA_ACK && fields.state === 'DONE') this.#deltas[way === 'up' ? 'down' : 'up'].base = fields.sequence as number;
    if (kind !== KIND_DELTA_ONLY && kind !== KIND_DELTA_FIRST && kind !== KIND_DELTA_MIDDLE && kind !== KIND_DELTA_LAST) return undefined;
    this.#reader.begin(bytes, HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    this.#delta.read(kind, this.#reader);
    return this.#deltas[way].take(this.#delta, bytes);
  }

  #onOther(bytes: Buffer): void {
    if (looksLikeText(bytes)) this.#text(bytes);
    else this.#bad(this.#why === '' ? 'neither text nor a frame' : this.#why, bytes);
    this.#why = '';
  }

  #text(bytes: Buffer): void {
    for (const text of linesOf(bytes)) {
      this.counters.textLines++;
      this.#tell({ type: 'text', text });
    }
  }

  #bad(why: string, bytes: Buffer): void {
    this.counters.bad++;
    this.#tell({ type: 'bad', why, bytes: bytes.length, hex: bytes.toString('hex', 0, HEX_BYTES) });
  }
}

function headFault(bytes: Uint8Array, count: number): string {
  switch (checkHead(bytes, 0, count)) {
    case FRAME_OK:
      return '';
    case FRAME_TOO_SHORT:
      return 'too short for a frame';
    case FRAME_BAD_VERSION:
      return `a frame of format version ${bytes[0]! >>> 6}`;
    case FRAME_BAD_RESERVED:
      return 'a frame with a reserved bit';
    case FRAME_BAD_KIND:
      return `a frame of unknown kind ${kindOf(bytes[0]!)}`;
    default:
      return 'too long for a frame';
  }
}
