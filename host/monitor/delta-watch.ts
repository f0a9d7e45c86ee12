import type { RunTarget } from '../../src/codec/payload.js';
import { StoredDecoder } from '../../src/codec/stored.js';
import { deltaCodeText, OK } from '../../src/delta/codes.js';
import {
  CHECK_BYTES,
  FLAG_CODEC_MASK,
  FLAG_DISTANCE_MAX,
  FLAG_DISTANCE_SHIFT,
  FLAG_HISTORY_RESTART,
} from '../../src/delta/delta-format.js';
import { ByteReader } from '../../src/wire/byte-reader.js';
import type { DeltaFrame } from '../../src/wire/delta-frame.js';

/** A delta is put together up to here; of a longer one only frames and bytes are told. */
const BYTES_MAX = 1 << 20;
const FRAMES_MAX = 1 << 16;
const PAGE_SHIFT = 8;
const STORED = 0;

/** A whole delta, as far as it can be read without the state that it changes. */
export interface DeltaSummary {
  readonly number: number;
  readonly frames: number;
  readonly bytes: number;
  readonly codec: 'stored' | 'modelled';
  readonly restartsHistory: boolean;
  /** Commits between base and result. */
  readonly distance: number;
  /** Only known where the base is. */
  readonly sequence?: number;
  /** Of stored deltas alone: a modelled one can only be read by who holds its base. */
  readonly pages?: number;
  readonly runs?: number;
  readonly changedBytes?: number;
  readonly fault?: string;
}

/** Puts the frames of one way's deltas together, in whatever order and however often they come. */
export class DeltaWatch {
  /** The sequence that the next delta changes, if it is known. */
  base: number | undefined;
  #number = -1;
  #pieces = new Map<number, Buffer>();
  #lastIndex = -1;
  #bytes = 0;
  #isTold = false;

  /** What was begun will not be ended: another session. */
  reset(base: number | undefined): void {
    this.base = base;
    this.#begin(-1);
  }

  /** The whole delta when this frame completes it, once. */
  take(frame: DeltaFrame, bytes: Uint8Array): DeltaSummary | undefined {
    if (frame.number !== this.#number) this.#begin(frame.number);
    if (frame.last) this.#lastIndex = frame.index;
    if (!this.#pieces.has(frame.index) && this.#bytes <= BYTES_MAX && this.#pieces.size < FRAMES_MAX) {
      this.#pieces.set(frame.index, Buffer.from(bytes.subarray(frame.chunkAt, frame.chunkAt + frame.chunkBytes)));
      this.#bytes += frame.chunkBytes;
    }
    if (this.#isTold || this.#lastIndex < 0 || this.#pieces.size !== this.#lastIndex + 1) return undefined;
    this.#isTold = true;
    return this.#summary();
  }

  #begin(number: number): void {
    this.#number = number;
    this.#pieces = new Map();
    this.#lastIndex = -1;
    this.#bytes = 0;
    this.#isTold = false;
  }

  #summary(): DeltaSummary {
    const frames = this.#pieces.size;
    const message = Buffer.concat([...this.#pieces].sort(([one], [other]) => one - other).map(([, piece]) => piece));
    return summarise(message, this.#number, frames, this.base);
  }
}

function summarise(message: Buffer, number: number, frames: number, base: number | undefined): DeltaSummary {
  const reader = new ByteReader();
  reader.begin(message, 0, message.length);
  const flags = reader.u8();
  const short = (flags >> FLAG_DISTANCE_SHIFT) & FLAG_DISTANCE_MAX;
  const distance = short > 0 ? short : reader.varint(Number.MAX_SAFE_INTEGER);
  const codec = (flags & FLAG_CODEC_MASK) === STORED ? 'stored' : 'modelled';
  const summary = {
    number,
    frames,
    bytes: message.length,
    codec,
    restartsHistory: (flags & FLAG_HISTORY_RESTART) !== 0,
    distance,
  } as const;
  return {
    ...summary,
    ...(base === undefined ? {} : { sequence: base + distance }),
    ...(codec === 'stored' ? countRuns(message, reader.at) : {}),
  };
}

function countRuns(message: Buffer, at: number): Pick<DeltaSummary, 'pages' | 'runs' | 'changedBytes' | 'fault'> {
  const counter = new RunCounter();
  const decoder = new StoredDecoder();
  decoder.begin(counter, STORED);
  const count = message.length - CHECK_BYTES - at;
  const code = count < 1 ? OK : decoder.consume(message, at, count);
  const fault =
    code !== OK ? deltaCodeText(code) : decoder.ended && decoder.consumedBytes === count ? undefined : 'its runs do not end where it ends';
  return { pages: counter.pages.size, runs: counter.runs, changedBytes: counter.bytes, ...(fault === undefined ? {} : { fault }) };
}

/** Takes any runs and counts them. */
class RunCounter implements RunTarget {
  readonly pages = new Set<number>();
  readonly refusal = OK;
  runs = 0;
  bytes = 0;

  open(offset: number, length: number): boolean {
    this.pages.add(offset >>> PAGE_SHIFT);
    this.runs++;
    this.bytes += length;
    return true;
  }

  put(): void {}

  oldByte(): number {
    return 0;
  }

  oldWord(): number {
    return 0;
  }
}
