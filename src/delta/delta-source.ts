import type { PayloadEncoder } from '../codec/payload.js';
import { PAGE_BYTES } from '../memory/constants.js';
import type { PageMemory } from '../memory/page-memory.js';
import { deltaCheck } from './check.js';
import { CHECK_BYTES, DELTA_OVERHEAD_BYTES, DISTANCE_BYTES_MAX, FLAG_DISTANCE_MAX, FLAG_DISTANCE_SHIFT } from './delta-format.js';

/** Bytes that a page takes on the wire at most, in the stored codec: 32 runs of one granule with a head each, or one run. */
export const STORED_PAGE_BYTES_MAX = PAGE_BYTES + 6;

const IDLE = 0;
const HEAD = 1;
const PAYLOAD = 2;
const CHECK = 3;
const FINISHED = 4;

/**
 * The sending end of deltas: captures a memory and streams the change as one message (see delta-format).
 */
export class DeltaSource {
  readonly #memory: PageMemory;
  readonly #encoders: readonly PayloadEncoder[];
  #encoder: PayloadEncoder;
  #step = IDLE;
  #epoch = 0;
  #session = 0;
  #baseSequence = 0;
  #sequence = 0;
  #flags = 0;
  /** The head, later the check, on its way out. */
  readonly #small = new Uint8Array(1 + DISTANCE_BYTES_MAX);
  #smallAt = 0;
  #smallCount = 0;

  /** Begins with the first of `encoders`. Throws RangeError if there is none. */
  constructor(memory: PageMemory, encoders: readonly PayloadEncoder[]) {
    const first = encoders[0];
    if (first === undefined) throw new RangeError('delta source: needs at least one encoder');
    this.#memory = memory;
    this.#encoders = encoders;
    this.#encoder = first;
  }

  /** From the next delta on, that of the encoders with this id. Throws RangeError if there is none. */
  useCodec(id: number): void {
    for (let i = 0; i < this.#encoders.length; i++) {
      if (this.#encoders[i]!.id !== id) continue;
      this.#encoder = this.#encoders[i]!;
      return;
    }
    throw new RangeError(`delta source: no encoder for codec ${id}`);
  }

  /**
   * Captures what is dirty as the delta from `baseSequence` to `sequence`, which must be greater. False if a capture is in flight,
   * or nothing is dirty and `isForced` is not set. A forced delta may be empty: it makes the other side take what it has staged.
   * Throws RangeError for a sequence out of order.
   */
  begin(epoch: number, session: number, baseSequence: number, sequence: number, isForced = false): boolean {
    if (!(sequence > baseSequence && sequence <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`delta source: sequence ${sequence} does not come after ${baseSequence}`);
    }
    if (this.aborted) this.bringBack();
    if (!this.#memory.capture(isForced)) return false;
    this.#epoch = epoch;
    this.#session = session;
    this.#baseSequence = baseSequence;
    this.#sequence = sequence;
    this.#putHead(this.#encoder.begin(this.#memory.runs, this.#memory));
    this.#step = HEAD;
    return true;
  }

  /** Writes at most `limit` bytes of the message to `out` from `at`. Returns the number written; 0 when finished or aborted. */
  produce(out: Uint8Array, at: number, limit: number): number {
    let written = 0;
    while (written < limit && this.#step !== FINISHED && this.#step !== IDLE) {
      if (this.aborted) return written;
      if (this.#step === PAYLOAD) {
        written += this.#encoder.produce(out, at + written, limit - written);
        if (this.#encoder.done) this.#putCheck();
      } else {
        out[at + written++] = this.#small[this.#smallAt++]!;
        if (this.#smallAt === this.#smallCount) this.#step++;
      }
    }
    return written;
  }

  /** Whether a delta was begun and neither acknowledged nor brought back. */
  get active(): boolean {
    return this.#step !== IDLE;
  }

  /** Whether the whole message was produced. */
  get finished(): boolean {
    return this.#step === FINISHED;
  }

  /** Whether the delta begun last lost its capture to a write that found no copy buffer; all its marks are back. */
  get aborted(): boolean {
    return this.#step !== IDLE && !this.#memory.captureActive;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Digest of the captured state; valid once finished. */
  get digest(): number {
    return this.#memory.runs.digest;
  }

  /** The other side holds the delta durably: its marks are dropped. */
  acknowledge(): void {
    this.#memory.release();
    this.#step = IDLE;
  }

  /** The delta failed or was aborted: all its marks are dirty again. */
  bringBack(): void {
    this.#memory.bringBack();
    this.#encoder.forget();
    this.#step = IDLE;
  }

  /** The other side may have lost what it knew of earlier deltas: a new session, a restart. */
  forgetHistory(): void {
    for (let i = 0; i < this.#encoders.length; i++) this.#encoders[i]!.forget();
  }

  /** No less than what a stored delta of the pages that are dirty now would take. */
  get pendingBytesEstimate(): number {
    const pages = this.#memory.dirtyPageCount;
    return pages === 0 ? 0 : pages * STORED_PAGE_BYTES_MAX + DELTA_OVERHEAD_BYTES;
  }

  #putHead(flags: number): void {
    let distance = this.#sequence - this.#baseSequence;
    this.#flags = distance <= FLAG_DISTANCE_MAX ? flags | (distance << FLAG_DISTANCE_SHIFT) : flags;
    this.#small[0] = this.#flags;
    this.#smallAt = 0;
    this.#smallCount = 1;
    if (distance <= FLAG_DISTANCE_MAX) return;
    while (distance >= 0x80) {
      this.#small[this.#smallCount++] = (distance % 0x80) | 0x80;
      distance = Math.floor(distance / 0x80);
    }
    this.#small[this.#smallCount++] = distance;
  }

  #putCheck(): void {
    const check = deltaCheck(this.#flags, this.digest, this.#epoch, this.#session, this.#baseSequence, this.#sequence);
    for (let i = 0; i < CHECK_BYTES; i++) this.#small[i] = (check >>> (8 * i)) & 0xff;
    this.#smallAt = 0;
    this.#smallCount = CHECK_BYTES;
    this.#step = CHECK;
  }
}
