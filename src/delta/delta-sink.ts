import type { PayloadDecoder } from '../codec/payload.js';
import { deltaCheck } from './check.js';
import { BAD_FLAGS, BAD_NUMBER, BAD_SEQUENCE, MISMATCH, NOT_BEGUN, OK, TRAILING, TRUNCATED, UNKNOWN_CODEC } from './codes.js';
import { CHECK_BYTES, DISTANCE_BYTES_MAX, FLAG_CODEC_MASK, FLAG_DISTANCE_MAX, FLAG_DISTANCE_SHIFT, FLAG_RESERVED } from './delta-format.js';
import type { DeltaTarget } from './delta-target.js';

const IDLE = 0;
const FLAGS = 1;
const DISTANCE = 2;
const PAYLOAD = 3;
const CHECK = 4;
const VERIFIED = 5;
const REFUSED = 6;

/**
 * The receiving end of deltas: takes a message in pieces of any size and verifies it to the last bit before `apply` lets it
 * change anything. After a refusal it stays refused until the next `begin`.
 */
export class DeltaSink<Target extends DeltaTarget = DeltaTarget> {
  /** Why the delta was refused, or 0. */
  code = OK;
  /** The delta's sequence, known once its first bytes are there. */
  sequence = 0;
  readonly target: Target;
  readonly #decoders: readonly PayloadDecoder[];
  #decoder: PayloadDecoder | undefined;
  #step = IDLE;
  #epoch = 0;
  #session = 0;
  #baseSequence = 0;
  #flags = 0;
  #value = 0;
  #scale = 1;
  #count = 0;

  constructor(target: Target, decoders: readonly PayloadDecoder[]) {
    this.target = target;
    this.#decoders = decoders;
  }

  /** Expects a delta against the target's state, which is that of `baseSequence`; `keepStaged`: with what was staged before. */
  begin(epoch: number, session: number, baseSequence: number, keepStaged = false): void {
    this.target.begin(keepStaged);
    this.#decoder = undefined;
    this.#epoch = epoch;
    this.#session = session;
    this.#baseSequence = baseSequence;
    this.sequence = baseSequence;
    this.code = OK;
    this.#expect(FLAGS);
  }

  /** Takes the next bytes of the message. Returns 0 or the code of the refusal. */
  consume(bytes: Uint8Array, at: number, count: number): number {
    if (this.#step === IDLE) return NOT_BEGUN;
    const end = at + count;
    let from = at;
    while (from < end && this.code === OK) {
      if (this.#step === PAYLOAD) from = this.#payload(bytes, from, end);
      else this.#byte(bytes[from++]!);
    }
    return this.code;
  }

  /** The message has no more bytes, which some codecs must know. 0 if it was verified, else the code of the refusal. */
  finish(): number {
    if (this.#step === IDLE) return NOT_BEGUN;
    if (this.#step === PAYLOAD) this.#endPayload();
    if (this.code === OK && this.#step !== VERIFIED) this.#refuse(TRUNCATED);
    return this.code;
  }

  /** Whether the whole delta was read and fits. */
  get finished(): boolean {
    return this.#step === VERIFIED;
  }

  /** Digest of the state with the delta; valid once finished. */
  get digest(): number {
    return this.target.digest;
  }

  /** Makes a verified delta part of the target's state. Throws if there is none. */
  apply(): void {
    if (this.#step !== VERIFIED) throw new Error('delta sink: apply of a delta that was not verified');
    this.target.apply();
    this.#step = IDLE;
  }

  /** The delta was torn: no more of it comes in this session. */
  suspend(): void {
    this.target.suspend();
    this.forgetHistory();
    this.#step = IDLE;
  }

  /** Forgets the delta, verified or not. */
  drop(): void {
    this.target.drop();
    this.forgetHistory();
    this.#step = IDLE;
  }

  /** The other side will not build on earlier deltas: a new session, a restart. */
  forgetHistory(): void {
    for (let i = 0; i < this.#decoders.length; i++) this.#decoders[i]!.forget();
  }

  #expect(step: number): void {
    this.#step = step;
    this.#value = 0;
    this.#scale = 1;
    this.#count = 0;
  }

  #refuse(code: number): void {
    this.code = code;
    this.#step = REFUSED;
    this.target.drop();
    this.forgetHistory();
  }

  #byte(byte: number): void {
    if (this.#step === FLAGS) this.#flagsByte(byte);
    else if (this.#step === DISTANCE) this.#distanceByte(byte);
    else if (this.#step === CHECK) this.#checkByte(byte);
    else this.#refuse(TRAILING);
  }

  #flagsByte(flags: number): void {
    if ((flags & FLAG_RESERVED) !== 0) {
      this.#refuse(BAD_FLAGS);
      return;
    }
    const decoder = this.#find(flags & FLAG_CODEC_MASK);
    if (decoder === undefined) {
      this.#refuse(UNKNOWN_CODEC);
      return;
    }
    this.#decoder = decoder;
    this.#flags = flags;
    const distance = flags >>> FLAG_DISTANCE_SHIFT;
    if (distance === 0) this.#expect(DISTANCE);
    else this.#setDistance(distance);
  }

  #distanceByte(byte: number): void {
    this.#value += (byte & 0x7f) * this.#scale;
    this.#scale *= 0x80;
    this.#count++;
    if (byte >= 0x80) {
      if (this.#count === DISTANCE_BYTES_MAX) this.#refuse(BAD_NUMBER);
      return;
    }
    if (byte === 0 || this.#value <= FLAG_DISTANCE_MAX || this.#value > Number.MAX_SAFE_INTEGER) this.#refuse(BAD_NUMBER);
    else this.#setDistance(this.#value);
  }

  #setDistance(distance: number): void {
    if (distance > Number.MAX_SAFE_INTEGER - this.#baseSequence) {
      this.#refuse(BAD_SEQUENCE);
      return;
    }
    this.sequence = this.#baseSequence + distance;
    this.#decoder!.begin(this.target, this.#flags);
    this.#expect(PAYLOAD);
  }

  #payload(bytes: Uint8Array, from: number, end: number): number {
    const decoder = this.#decoder!;
    const code = decoder.consume(bytes, from, end - from);
    if (code !== OK) this.#refuse(code);
    else if (decoder.ended) this.#endPayload();
    return from + decoder.consumedBytes;
  }

  #endPayload(): void {
    const decoder = this.#decoder!;
    const code = decoder.finish();
    const targetCode = code === OK ? this.target.finish() : code;
    if (targetCode !== OK) {
      this.#refuse(targetCode);
      return;
    }
    this.#expect(CHECK);
    for (let i = 0; i < decoder.surplusCount && this.code === OK; i++) this.#byte(decoder.surplusByte(i));
  }

  #checkByte(byte: number): void {
    this.#value += byte * this.#scale;
    this.#scale *= 0x100;
    this.#count++;
    if (this.#count < CHECK_BYTES) return;
    const expected = deltaCheck(this.#flags, this.target.digest, this.#epoch, this.#session, this.#baseSequence, this.sequence);
    if (this.#value === expected) this.#step = VERIFIED;
    else this.#refuse(MISMATCH);
  }

  #find(id: number): PayloadDecoder | undefined {
    for (let i = 0; i < this.#decoders.length; i++) if (this.#decoders[i]!.id === id) return this.#decoders[i];
    return undefined;
  }
}
