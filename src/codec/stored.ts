import { BAD_NUMBER, BAD_RUN, OK, TRUNCATED } from '../delta/codes.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { PayloadDecoder, PayloadEncoder, RunSource, RunTarget } from './payload.js';

// A stored stream is runs and an end. All counts are in granules of 4 bytes; `gap` is the distance from the end of the last run.
//
//   run of 1 to 7      varint(gap * 8 + count)               data
//   run of 8 to 64     varint((gap + 1) * 8)   u8 count      data
//   end                00

export const STORED_CODEC_ID = 0;
const SHORT_RUN_MAX = 7;
const RUN_MAX = 64;
/** A head's varint stays below 2^26: at most 2^22 granules, times 8. */
const HEAD_VARINT_BYTES = 4;
const HEAD_BYTES_MAX = HEAD_VARINT_BYTES + 1;

/** Bytes of the head of a run of `count` granules, `gap` granules after the last one. */
export function storedHeadBytes(gap: number, count: number): number {
  const head = count <= SHORT_RUN_MAX ? gap * 8 + count : (gap + 1) * 8;
  const varintBytes = head < 0x80 ? 1 : head < 0x4000 ? 2 : head < 0x200000 ? 3 : 4;
  return varintBytes + (count <= SHORT_RUN_MAX ? 0 : 1);
}

export class StoredEncoder implements PayloadEncoder {
  readonly id = STORED_CODEC_ID;
  done = true;
  #runs: RunSource | undefined;
  /** End of the last run, in granules. */
  #end = 0;
  readonly #head = new Uint8Array(HEAD_BYTES_MAX);
  #headAt = 0;
  #headCount = 0;
  #dataAt = 0;
  #dataCount = 0;
  #last = false;

  begin(runs: RunSource, _memory: PageMemory): number {
    this.#runs = runs;
    this.#end = 0;
    this.#headAt = this.#headCount = 0;
    this.#dataAt = this.#dataCount = 0;
    this.#last = false;
    this.done = false;
    return STORED_CODEC_ID;
  }

  /** There is no history. */
  forget(): void {}

  produce(out: Uint8Array, at: number, limit: number): number {
    const end = at + limit;
    let to = at;
    while (to < end && !this.done) {
      if (this.#headAt < this.#headCount) {
        out[to++] = this.#head[this.#headAt++]!;
        this.done = this.#last && this.#headAt === this.#headCount;
      } else if (this.#dataAt < this.#dataCount) {
        to = this.#copyData(out, to, end);
      } else {
        this.#nextHead();
      }
    }
    return to - at;
  }

  #copyData(out: Uint8Array, to: number, end: number): number {
    const runs = this.#runs!;
    const bytes = runs.bytes;
    const count = Math.min(end - to, this.#dataCount - this.#dataAt);
    const from = runs.at + this.#dataAt;
    for (let i = 0; i < count; i++) out[to + i] = bytes[from + i]!;
    this.#dataAt += count;
    return to + count;
  }

  #nextHead(): void {
    const runs = this.#runs!;
    this.#headAt = this.#headCount = 0;
    if (!runs.next()) {
      this.#last = true;
      this.#head[this.#headCount++] = 0;
      return;
    }
    const count = runs.length >>> 2;
    const start = runs.offset >>> 2;
    const gap = start - this.#end;
    this.#end = start + count;
    this.#dataAt = 0;
    this.#dataCount = runs.length;
    let head = count <= SHORT_RUN_MAX ? gap * 8 + count : (gap + 1) * 8;
    while (head >= 0x80) {
      this.#head[this.#headCount++] = (head & 0x7f) | 0x80;
      head >>>= 7;
    }
    this.#head[this.#headCount++] = head;
    if (count > SHORT_RUN_MAX) this.#head[this.#headCount++] = count;
  }
}

const HEAD = 0;
const COUNT = 1;
const DATA = 2;
const ENDED = 3;

export class StoredDecoder implements PayloadDecoder {
  readonly id = STORED_CODEC_ID;
  consumedBytes = 0;
  #target: RunTarget | undefined;
  #step = ENDED;
  #head = 0;
  #shift = 0;
  #end = 0;
  #left = 0;

  begin(target: RunTarget, _flags: number): void {
    this.#target = target;
    this.#end = 0;
    this.#nextRun();
  }

  get ended(): boolean {
    return this.#step === ENDED;
  }

  consume(bytes: Uint8Array, at: number, count: number): number {
    const end = at + count;
    let from = at;
    let code = OK;
    while (from < end && this.#step !== ENDED && code === OK) {
      if (this.#step === DATA) from = this.#data(bytes, from, end);
      else if (this.#step === HEAD) code = this.#headByte(bytes[from++]!);
      else code = this.#countByte(bytes[from++]!);
    }
    this.consumedBytes = from - at;
    return code;
  }

  finish(): number {
    return this.#step === ENDED ? OK : TRUNCATED;
  }

  /** It stops where the stream stops. */
  readonly surplusCount = 0;

  surplusByte(_index: number): number {
    return 0;
  }

  /** There is no history. */
  forget(): void {}

  #nextRun(): void {
    this.#step = HEAD;
    this.#head = this.#shift = 0;
  }

  #data(bytes: Uint8Array, from: number, end: number): number {
    const count = Math.min(end - from, this.#left);
    this.#target!.put(bytes, from, count);
    this.#left -= count;
    if (this.#left === 0) this.#nextRun();
    return from + count;
  }

  #headByte(byte: number): number {
    this.#head |= (byte & 0x7f) << this.#shift;
    this.#shift += 7;
    if (byte >= 0x80) return this.#shift < HEAD_VARINT_BYTES * 7 ? OK : BAD_NUMBER;
    if (byte === 0 && this.#shift > 7) return BAD_NUMBER;
    if (this.#head === 0) {
      this.#step = ENDED;
      return OK;
    }
    const count = this.#head & 7;
    if (count !== 0) return this.#open(this.#head >>> 3, count);
    this.#step = COUNT;
    return OK;
  }

  #countByte(count: number): number {
    if (count <= SHORT_RUN_MAX || count > RUN_MAX) return BAD_RUN;
    return this.#open((this.#head >>> 3) - 1, count);
  }

  #open(gap: number, count: number): number {
    const start = this.#end + gap;
    if (!this.#target!.open(start * 4, count * 4)) return this.#target!.refusal;
    this.#end = start + count;
    this.#left = count * 4;
    this.#step = DATA;
    return OK;
  }
}
