import { BYTE_MASK_COUNT, GRANULE_BYTES, MAX_COPY_COUNT, MAX_MASK_COUNT, MAX_STATE_BYTES, PAGE_BYTES } from './constants.js';
import { PageSet } from './page-set.js';

export interface MemoryOptions {
  /** Size of the state, 1 to `MAX_STATE_BYTES`. */
  readonly sizeBytes: number;
  /** Pages whose dirty granules can be told apart at one time; further ones count as wholly dirty. 0 to 65,534. */
  readonly maskCount?: number;
  /** Pages that can be copied while a delta streams. */
  readonly copyCount?: number;
}

export const DEFAULT_MASK_COUNT = 48;
export const DEFAULT_COPY_COUNT = 2;

/** The parts of a page memory's one buffer, in their order. */
export interface MemoryArrays {
  readonly pageCount: number;
  /** State pages, then copy buffers. */
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  readonly singles: Float32Array;
  readonly doubles: Float64Array;
  /** Eight bytes to turn a float into its bits, as an index into `words`, even. */
  readonly scratch: number;
  readonly hashes: Uint32Array;
  /** Two words per slot, a link per slot, a word per copy buffer. */
  readonly masks: Int32Array;
  /** Index into `masks` of a word per copy buffer: the page in it, or -1. */
  readonly copyPages: number;
  readonly copyCount: number;
  readonly slotCount: number;
  readonly tags: Uint8Array | Uint16Array;
  readonly firstSet: PageSet;
  readonly secondSet: PageSet;
}

const SCRATCH_BYTES = 8;
/** Tags 0 and 1 are no slots, but have a place, so that a tag is an index. */
const EXTRA_SLOTS = 2;

function checkCount(name: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new RangeError(`page memory: ${name} must be an integer from ${from} to ${to}, not ${value}`);
  }
}

function tagBytesOf(maskCount: number): number {
  return maskCount > BYTE_MASK_COUNT ? 2 : 1;
}

/** Pages of a state of `sizeBytes` bytes. */
export function pageCountOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / PAGE_BYTES);
}

/** What a page memory takes, in bytes. */
export interface MemoryCost {
  /** The state, padded to whole pages. */
  readonly stateBytes: number;
  /** Hashes, marks, copy buffers: all that tracking and integrity add. */
  readonly overheadBytes: number;
  readonly totalBytes: number;
}

/**
 * RAM of `new PageMemory(options)` in bytes, all of it in one buffer (engine objects not counted). Per page: 4 hash, 1 tag (2 with more than 254 masks),
 * 2 x 1/8 set (and 1/32 of that for summaries); per mask 12; per copy buffer 260; 32 fixed; then rounded up to 4.
 */
export function memoryCost(options: MemoryOptions): MemoryCost {
  const maskCount = options.maskCount ?? DEFAULT_MASK_COUNT;
  const copyCount = options.copyCount ?? DEFAULT_COPY_COUNT;
  checkCount('sizeBytes', options.sizeBytes, 1, MAX_STATE_BYTES);
  checkCount('maskCount', maskCount, 0, MAX_MASK_COUNT);
  checkCount('copyCount', copyCount, 0, MAX_COPY_COUNT);
  const pageCount = pageCountOf(options.sizeBytes);
  const slotCount = maskCount + EXTRA_SLOTS;
  const pageBytes = pageCount * (4 + tagBytesOf(maskCount)) + 2 * 4 * PageSet.wordCount(pageCount);
  const parts = SCRATCH_BYTES + pageBytes + slotCount * (8 + 4) + copyCount * (PAGE_BYTES + 4);
  const stateBytes = pageCount * PAGE_BYTES;
  const overheadBytes = (parts + 3) & ~3;
  return { stateBytes, overheadBytes, totalBytes: stateBytes + overheadBytes };
}

/** Makes the one buffer of a page memory and the views of its parts. Throws RangeError for options out of range. */
export function layOutMemory(options: MemoryOptions): MemoryArrays {
  const copyCount = options.copyCount ?? DEFAULT_COPY_COUNT;
  const maskCount = options.maskCount ?? DEFAULT_MASK_COUNT;
  const slotCount = maskCount + EXTRA_SLOTS;
  const buffer = new ArrayBuffer(memoryCost(options).totalBytes);
  const pageCount = pageCountOf(options.sizeBytes);
  const pageBytes = (pageCount + copyCount) * PAGE_BYTES;
  const setBytes = PageSet.wordCount(pageCount) * 4;
  const hashesAt = pageBytes + SCRATCH_BYTES;
  const masksAt = hashesAt + pageCount * 4;
  const maskWords = slotCount * 3 + copyCount;
  const setsAt = masksAt + maskWords * 4;
  const tagsAt = setsAt + 2 * setBytes;
  const masks = new Int32Array(buffer, masksAt, maskWords);
  masks.fill(-1, slotCount * 3);
  const words = new Int32Array(buffer);
  return {
    pageCount,
    bytes: new Uint8Array(buffer, 0, pageBytes),
    halves: new Uint16Array(buffer, 0, pageBytes / 2),
    words,
    singles: new Float32Array(buffer, 0, hashesAt / 4),
    doubles: new Float64Array(buffer, 0, hashesAt / 8),
    scratch: pageBytes / 4,
    hashes: new Uint32Array(buffer, hashesAt, pageCount),
    masks,
    copyPages: slotCount * 3,
    copyCount,
    slotCount,
    firstSet: new PageSet(words, setsAt / GRANULE_BYTES, pageCount),
    secondSet: new PageSet(words, (setsAt + setBytes) / GRANULE_BYTES, pageCount),
    tags: tagBytesOf(maskCount) === 1 ? new Uint8Array(buffer, tagsAt, pageCount) : new Uint16Array(buffer, tagsAt, pageCount),
  };
}

/** Numbers in memory must lie as they do on the wire. */
export function assertLittleEndian(): void {
  const halves = new Uint16Array(1);
  halves[0] = 1;
  if (new Uint8Array(halves.buffer)[0] !== 1) throw new Error('page memory: the engine is not little-endian');
}
