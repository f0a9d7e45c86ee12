import { AdaptiveEncoder } from '../codec/adaptive-encoder.js';
import { ModelledDecoder } from '../codec/modelled-decoder.js';
import { adaptiveDecoders } from '../codec/noting-decoder.js';
import { StoredEncoder } from '../codec/stored.js';
import { MAX_STATE_BYTES } from '../memory/constants.js';
import { hashBytes } from '../memory/hash.js';
import { PageMemory } from '../memory/page-memory.js';
import { deltaCodeText, OK } from './codes.js';
import { DELTA_OVERHEAD_BYTES, FLAG_CODEC_MASK } from './delta-format.js';
import { DeltaSink } from './delta-sink.js';
import { DeltaSource, STORED_PAGE_BYTES_MAX } from './delta-source.js';
import type { DeltaTarget } from './delta-target.js';
import type { DirtyPage } from './dirty-page.js';
import { InPlaceTarget } from './in-place-target.js';
import { SnapshotTarget } from './snapshot-target.js';

// A snapshot, as a file or a message of its own. Its delta is that of the wire, with epoch 0 and session 0.
//
//    0  "GWDS"            4 bytes
//    4  version           u8, 1
//    5  agent id          16 bytes
//   21  state size        u32, in bytes
//   25  base sequence     u64, at most 2^53 - 1
//   33  sequence          u64, at most 2^53 - 1
//   41  base digest       u32
//   45  digest            u32
//   49  delta message
//   -4  seal              u32, hashBytes of all bytes before

const MAGIC = [0x47, 0x57, 0x44, 0x53];
const VERSION = 1;
const AGENT_ID_BYTES = 16;
const SIZE_AT = 21;
const BASE_SEQUENCE_AT = 25;
const SEQUENCE_AT = 33;
const BASE_DIGEST_AT = 41;
const DIGEST_AT = 45;
const DELTA_AT = 49;
const SEAL_BYTES = 4;
const EPOCH = 0;
const SESSION = 0;

/** What a snapshot says about itself. */
export interface SnapshotHead {
  /** 16 bytes. */
  readonly agentId: Uint8Array;
  readonly baseSequence: number;
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly baseDigest: number;
  readonly digest: number;
}

/**
 * The change of one agent's state from one sequence to another, whole, in one piece, and checked in itself: for files and for
 * links that are not Godwit's. The encoding is that of the deltas on the wire.
 */
export class DeltaSnapshot implements SnapshotHead {
  readonly agentId: Uint8Array;
  readonly baseSequence: number;
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly baseDigest: number;
  readonly digest: number;
  /** The pages that change, ascending. */
  readonly pages: readonly DirtyPage[];
  readonly #bytes: Uint8Array;

  private constructor(head: SnapshotHead, pages: readonly DirtyPage[], bytes: Uint8Array) {
    this.agentId = head.agentId;
    this.baseSequence = head.baseSequence;
    this.sequence = head.sequence;
    this.sizeBytes = head.sizeBytes;
    this.baseDigest = head.baseDigest;
    this.digest = head.digest;
    this.pages = pages;
    this.#bytes = bytes;
  }

  /**
   * Compares two states of the same size and makes the snapshot that leads from `base` to `state`.
   * Throws RangeError if the sizes differ, the id has not 16 bytes, or the sequences are out of order.
   */
  static create(agentId: Uint8Array, baseSequence: number, sequence: number, base: Uint8Array, state: Uint8Array): DeltaSnapshot {
    if (base.length !== state.length) {
      throw new RangeError(`delta snapshot: a state keeps its size; the base has ${base.length} bytes, the state ${state.length}`);
    }
    const memory = new PageMemory({ sizeBytes: base.length, maskCount: 254, copyCount: 0 });
    memory.load(0, base, 0, base.length);
    const baseDigest = memory.digest;
    memory.write(0, state, 0, state.length);
    const source = new DeltaSource(memory, [new StoredEncoder()]);
    return DeltaSnapshot.capture(agentId, baseSequence, sequence, memory, baseDigest, source);
  }

  /**
   * Captures what is dirty in `memory`, coded whichever way is shorter. `source` must encode stored runs; it then waits for
   * `acknowledge` or `bringBack`. `baseDigest` is that of the state that the marks refer to. Throws as `create`, with nothing captured.
   */
  static capture(
    agentId: Uint8Array,
    baseSequence: number,
    sequence: number,
    memory: PageMemory,
    baseDigest: number,
    source: DeltaSource,
  ): DeltaSnapshot {
    checkHead(agentId, baseSequence, sequence);
    const limit = memory.dirtyPageCount * STORED_PAGE_BYTES_MAX + DELTA_OVERHEAD_BYTES;
    const bytes = new Uint8Array(DELTA_AT + limit + SEAL_BYTES);
    const compressedBytes = compress(memory, baseSequence, sequence, bytes, limit);
    if (!source.begin(EPOCH, SESSION, baseSequence, sequence, true)) throw new Error('delta snapshot: a capture is in flight');
    const stored = new Uint8Array(limit);
    const storedBytes = source.produce(stored, 0, limit);
    if (storedBytes <= compressedBytes) bytes.set(stored.subarray(0, storedBytes), DELTA_AT);
    const end = DELTA_AT + Math.min(storedBytes, compressedBytes);
    bytes.set(MAGIC);
    bytes[4] = VERSION;
    bytes.set(agentId, 5);
    putNumber(bytes, SIZE_AT, memory.sizeBytes, 4);
    putNumber(bytes, BASE_SEQUENCE_AT, baseSequence, 8);
    putNumber(bytes, SEQUENCE_AT, sequence, 8);
    putNumber(bytes, BASE_DIGEST_AT, baseDigest, 4);
    putNumber(bytes, DIGEST_AT, source.digest, 4);
    putNumber(bytes, end, hashBytes(bytes, 0, end), SEAL_BYTES);
    return DeltaSnapshot.deserialize(bytes.subarray(0, end + SEAL_BYTES));
  }

  /** Reads a snapshot from bytes that may be hostile; allocates no more than they weigh. Throws RangeError that says what is wrong. */
  static deserialize(bytes: Uint8Array): DeltaSnapshot {
    const own = bytes.slice();
    const end = own.length - SEAL_BYTES;
    if (end < DELTA_AT) throw new RangeError(`delta snapshot: ${own.length} bytes are too few`);
    for (let i = 0; i < MAGIC.length; i++) if (own[i] !== MAGIC[i]) throw new RangeError('delta snapshot: it does not start with "GWDS"');
    if (own[4] !== VERSION) throw new RangeError(`delta snapshot: version ${own[4]} is not known, only ${VERSION}`);
    if (getNumber(own, end, SEAL_BYTES) !== hashBytes(own, 0, end)) throw new RangeError('delta snapshot: the seal does not fit the bytes');
    const head = readHead(own);
    const target = new SnapshotTarget(head.sizeBytes, head.digest);
    readDelta(target, head, own);
    return new DeltaSnapshot(head, target.pages, own);
  }

  /** The snapshot as one message or file. */
  serialize(): Uint8Array {
    return this.#bytes.slice();
  }

  /**
   * Makes the new state. `base` stays as it is. Throws RangeError, with nothing made, if agent, sequence, size or content of the base
   * are not those that the snapshot builds on, or if the snapshot does not lead to the state that it names.
   */
  apply(agentId: Uint8Array, sequence: number, base: Uint8Array): Uint8Array {
    if (!isSameId(agentId, this.agentId)) throw new RangeError('delta snapshot: it belongs to another agent');
    if (sequence !== this.baseSequence) {
      throw new RangeError(`delta snapshot: it builds on sequence ${this.baseSequence}, the base has ${sequence}`);
    }
    if (base.length !== this.sizeBytes) {
      throw new RangeError(`delta snapshot: it is for a state of ${this.sizeBytes} bytes, the base has ${base.length}`);
    }
    const memory = new PageMemory({ sizeBytes: base.length, maskCount: 0, copyCount: 0 });
    memory.load(0, base, 0, base.length);
    if (memory.digest !== this.baseDigest) throw new RangeError('delta snapshot: the base has another content');
    readDelta(new InPlaceTarget(memory), this, this.#bytes);
    return memory.bytes.slice(0, base.length);
  }

  /** The codec of its payload, by its id on the wire. */
  get codecId(): number {
    return this.#bytes[DELTA_AT]! & FLAG_CODEC_MASK;
  }

  get dirtyPageCount(): number {
    return this.pages.length;
  }

  /** Bytes of the whole snapshot. */
  get compressedSizeBytes(): number {
    return this.#bytes.length;
  }

  /** Bytes of the state in the pages that change. */
  get uncompressedSizeBytes(): number {
    let sizeBytes = 0;
    for (const page of this.pages) sizeBytes += page.sizeBytes;
    return sizeBytes;
  }

  /** Compressed by uncompressed size; 1 if nothing changes. */
  get compressionRatio(): number {
    return this.pages.length === 0 ? 1 : this.compressedSizeBytes / this.uncompressedSizeBytes;
  }
}

/** Codes what is dirty with a history of its own, and gives the marks back. Returns the length, or Infinity if it exceeds `limit`. */
function compress(memory: PageMemory, baseSequence: number, sequence: number, out: Uint8Array, limit: number): number {
  const source = new DeltaSource(memory, [new AdaptiveEncoder()]);
  if (!source.begin(EPOCH, SESSION, baseSequence, sequence, true)) return Number.POSITIVE_INFINITY;
  const count = source.produce(out, DELTA_AT, limit);
  const isWhole = source.finished;
  source.bringBack();
  return isWhole ? count : Number.POSITIVE_INFINITY;
}

function checkHead(agentId: Uint8Array, baseSequence: number, sequence: number): void {
  if (agentId.length !== AGENT_ID_BYTES) throw new RangeError(`delta snapshot: an agent id has 16 bytes, not ${agentId.length}`);
  const isInOrder = Number.isInteger(baseSequence) && Number.isInteger(sequence) && baseSequence >= 0 && baseSequence < sequence;
  if (!isInOrder || sequence > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`delta snapshot: sequence ${sequence} does not come after ${baseSequence}, or passes 2^53 - 1`);
  }
}

function readHead(bytes: Uint8Array): SnapshotHead {
  const head = {
    agentId: bytes.slice(5, 5 + AGENT_ID_BYTES),
    baseSequence: getNumber(bytes, BASE_SEQUENCE_AT, 8),
    sequence: getNumber(bytes, SEQUENCE_AT, 8),
    sizeBytes: getNumber(bytes, SIZE_AT, 4),
    baseDigest: getNumber(bytes, BASE_DIGEST_AT, 4),
    digest: getNumber(bytes, DIGEST_AT, 4),
  };
  checkHead(head.agentId, head.baseSequence, head.sequence);
  if (head.sizeBytes < 1 || head.sizeBytes > MAX_STATE_BYTES) {
    throw new RangeError(`delta snapshot: a state has 1 to ${MAX_STATE_BYTES} bytes, not ${head.sizeBytes}`);
  }
  return head;
}

/** Reads the delta of a whole snapshot into `target`. Throws RangeError unless it fits to the last bit. */
function readDelta(target: DeltaTarget, head: SnapshotHead, bytes: Uint8Array): void {
  const sink = new DeltaSink(target, adaptiveDecoders(new ModelledDecoder()));
  sink.begin(EPOCH, SESSION, head.baseSequence);
  sink.consume(bytes, DELTA_AT, bytes.length - SEAL_BYTES - DELTA_AT);
  const code = sink.finish();
  if (code !== OK) throw new RangeError(`delta snapshot: ${deltaCodeText(code)}`);
  if (sink.sequence !== head.sequence || sink.digest !== head.digest) {
    throw new RangeError('delta snapshot: head and delta name different states');
  }
}

function isSameId(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function putNumber(bytes: Uint8Array, at: number, value: number, count: number): void {
  let rest = value;
  for (let i = 0; i < count; i++) {
    bytes[at + i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
}

function getNumber(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 0x100 + bytes[at + i]!;
  return value;
}
