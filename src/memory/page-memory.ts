import { GRANULE_BYTES, PAGE_BYTES } from './constants.js';
import { DirtyMarks, UNTOUCHED } from './dirty-marks.js';
import { assertLittleEndian, layOutMemory, type MemoryOptions } from './memory-layout.js';
import { PageHashes } from './page-hashes.js';
import { RunReader } from './run-reader.js';

const NAN_SINGLE = 0x7fc00000;
const NAN_DOUBLE_HIGH = 0x7ff80000;

/**
 * An agent's state in pages, with a write barrier that marks which granules changed, and hashes that fingerprint it.
 *
 * The numeric accessors trust their caller: offsets are naturally aligned and inside the state. They compare stored bits: a
 * store that changes none marks nothing. NaN is stored in one form. `read`, `write`, `load` and `markRangeDirty` check.
 */
export class PageMemory {
  // The setters come first, and so do the fields that they use: XS searches both in order.
  readonly #words: Int32Array;
  readonly #tags: Uint8Array;
  readonly #masks: Int32Array;
  readonly #halves: Uint16Array;
  /** State pages, then copy buffers. Others only read. */
  readonly bytes: Uint8Array;
  readonly #singles: Float32Array;
  readonly #doubles: Float64Array;
  readonly #scratch: number;
  readonly #marks: DirtyMarks;
  readonly #hashes: PageHashes;
  readonly runs: RunReader;
  readonly sizeBytes: number;
  readonly pageCount: number;
  /** Set when a write needed a copy buffer and none was free: the capture ended, and its marks came back. */
  captureAborted = false;
  /** Pages that `scrub` found changed behind the barrier. */
  scrubFaultCount = 0;
  #scrubPage = 0;

  /** Throws RangeError for options out of range. */
  constructor(options: MemoryOptions) {
    assertLittleEndian();
    const arrays = layOutMemory(options);
    this.#words = arrays.words;
    this.#tags = arrays.tags;
    this.#masks = arrays.masks;
    this.#halves = arrays.halves;
    this.bytes = arrays.bytes;
    this.#singles = arrays.singles;
    this.#doubles = arrays.doubles;
    this.#scratch = arrays.scratch;
    this.#marks = new DirtyMarks(arrays);
    this.#hashes = new PageHashes(arrays.hashes, arrays.words);
    this.runs = new RunReader(arrays, this.#marks, this.#hashes, options.sizeBytes);
    this.sizeBytes = options.sizeBytes;
    this.pageCount = arrays.pageCount;
    this.#hashes.updateAll();
  }

  setU32(offset: number, value: number): void {
    const word = value | 0;
    if (this.#words[offset >>> 2] === word) return;
    this.#mark(offset);
    this.#words[offset >>> 2] = word;
  }

  setU8(offset: number, value: number): void {
    const byte = value & 0xff;
    if (this.bytes[offset] === byte) return;
    this.#mark(offset);
    this.bytes[offset] = byte;
  }

  setU16(offset: number, value: number): void {
    const half = value & 0xffff;
    if (this.#halves[offset >>> 1] === half) return;
    this.#mark(offset);
    this.#halves[offset >>> 1] = half;
  }

  setI32(offset: number, value: number): void {
    this.setU32(offset, value);
  }

  setI16(offset: number, value: number): void {
    this.setU16(offset, value);
  }

  setI8(offset: number, value: number): void {
    this.setU8(offset, value);
  }

  setF32(offset: number, value: number): void {
    const scratch = this.#scratch << 1;
    this.#singles[scratch] = value;
    this.setU32(offset, Number.isNaN(value) ? NAN_SINGLE : this.#words[scratch]!);
  }

  setF64(offset: number, value: number): void {
    const scratch = this.#scratch;
    this.#doubles[scratch] = value;
    const notNumber = Number.isNaN(value);
    this.setU32(offset, notNumber ? 0 : this.#words[scratch << 1]!);
    this.setU32(offset + 4, notNumber ? NAN_DOUBLE_HIGH : this.#words[(scratch << 1) | 1]!);
  }

  getU32(offset: number): number {
    return this.#words[offset >>> 2]! >>> 0;
  }

  getU8(offset: number): number {
    return this.bytes[offset]!;
  }

  getU16(offset: number): number {
    return this.#halves[offset >>> 1]!;
  }

  getI32(offset: number): number {
    return this.#words[offset >>> 2]!;
  }

  getI16(offset: number): number {
    return (this.#halves[offset >>> 1]! << 16) >> 16;
  }

  getI8(offset: number): number {
    return (this.bytes[offset]! << 24) >> 24;
  }

  getF32(offset: number): number {
    return this.#singles[offset >>> 2]!;
  }

  getF64(offset: number): number {
    return this.#doubles[offset >>> 3]!;
  }

  /** Marks the granule at `offset`, before it changes. */
  #mark(offset: number): void {
    const page = offset >>> 8;
    let tag = this.#tags[page]!;
    if (tag === UNTOUCHED) tag = this.#touch(page);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << (offset >>> 2);
  }

  /** The slow path of the barrier, taken once per page and commit. Returns the page's tag. */
  #touch(page: number): number {
    this.#protect(page);
    const tag = this.#tags[page]!;
    return tag === UNTOUCHED ? this.#marks.touch(page) : tag;
  }

  /** Saves a captured page before it changes, or gives the capture up. */
  #protect(page: number): void {
    if (this.runs.protect(page)) return;
    this.bringBack();
    this.captureAborted = true;
  }

  /** Copies `count` bytes of the state to `target`. Throws RangeError if the range does not lie inside both. */
  read(offset: number, target: Uint8Array, at: number, count: number): void {
    this.#checkRange('read', offset, count);
    checkBuffer('read', target, at, count);
    for (let i = 0; i < count; i++) target[at + i] = this.bytes[offset + i]!;
  }

  /** Copies `count` bytes into the state; marks the granules whose bits change. Throws RangeError as `read`. */
  write(offset: number, source: Uint8Array, from: number, count: number): void {
    this.#checkRange('write', offset, count);
    checkBuffer('write', source, from, count);
    for (let i = 0; i < count; i++) {
      const byte = source[from + i]!;
      if (this.bytes[offset + i] === byte) continue;
      this.#mark(offset + i);
      this.bytes[offset + i] = byte;
    }
  }

  /** Marks every granule that the range touches; none if `length` is 0. Throws RangeError for a range outside the state. */
  markRangeDirty(offset: number, length: number): void {
    this.#checkRange('markRangeDirty', offset, length);
    const end = offset + length;
    for (let at = offset & -GRANULE_BYTES; at < end; at += GRANULE_BYTES) this.#mark(at);
  }

  /** Marks all of `page`. Throws RangeError for a page outside the state. */
  markPageDirty(page: number): void {
    this.#checkPage('markPageDirty', page);
    this.#protect(page);
    this.#marks.markWhole(page);
  }

  isPageDirty(page: number): boolean {
    this.#checkPage('isPageDirty', page);
    return this.#tags[page] !== UNTOUCHED;
  }

  /** Pages in the collecting set. */
  get dirtyPageCount(): number {
    return this.#marks.collecting.count;
  }

  get hashes(): Uint32Array {
    return this.#hashes.table;
  }

  get digest(): number {
    return this.#hashes.digest;
  }

  /** Fills a part of the state from a trusted copy: no marks; hashes follow. Throws RangeError as `read`. */
  load(offset: number, source: Uint8Array, from: number, count: number): void {
    this.#checkRange('load', offset, count);
    checkBuffer('load', source, from, count);
    if (count === 0) return;
    const last = (offset + count - 1) >>> 8;
    for (let page = offset >>> 8; page <= last; page++) this.#protect(page);
    for (let i = 0; i < count; i++) this.bytes[offset + i] = source[from + i]!;
    for (let page = offset >>> 8; page <= last; page++) this.#hashes.update(page);
  }

  /** `load` of one whole page whose hash is known. The caller has checked `page`. */
  loadPage(page: number, source: Uint8Array, from: number, hash: number): void {
    this.#protect(page);
    const to = page * PAGE_BYTES;
    for (let i = 0; i < PAGE_BYTES; i++) this.bytes[to + i] = source[from + i]!;
    this.#hashes.replace(page, hash);
  }

  /** `load` in pieces: the caller has checked the range, which lies in one page, and calls `rehashPage` when that is done. */
  place(offset: number, source: Uint8Array, from: number, count: number): void {
    this.#protect(offset >>> 8);
    for (let i = 0; i < count; i++) this.bytes[offset + i] = source[from + i]!;
  }

  rehashPage(page: number): void {
    this.#hashes.update(page);
  }

  /** Back to zeros, no marks, no capture. */
  reset(): void {
    this.bringBack();
    for (let page = this.#marks.collecting.next(0); page >= 0; page = this.#marks.collecting.next(page + 1)) this.#marks.unmark(page);
    this.bytes.fill(0);
    this.captureAborted = false;
    this.#hashes.updateAll();
  }

  /** Whether a capture is in flight. */
  get captureActive(): boolean {
    return this.runs.active;
  }

  /** Sends the collected marks on their way: `runs` gives them out. False if nothing is dirty or a capture is in flight. */
  capture(): boolean {
    if (this.runs.active || this.#marks.collecting.count === 0) return false;
    this.captureAborted = false;
    this.#marks.swap();
    this.runs.begin();
    return true;
  }

  /** The capture was acknowledged: its marks are dropped. Throws if not all of its runs were read. */
  release(): void {
    if (!this.runs.active || !this.runs.finished) throw new Error('page memory: release of a capture that was not read to its end');
    this.runs.end();
    this.#marks.drop();
  }

  /** The capture failed: its marks, sent or not, join those collected since. */
  bringBack(): void {
    if (!this.runs.active) return;
    this.runs.end();
    this.#marks.bringBack();
  }

  /**
   * Rehashes up to `maxPages` clean pages, going on where the last call stopped. One that differs from its hash was changed
   * behind the barrier: it is marked wholly dirty. Returns how many were found.
   */
  scrub(maxPages: number): number {
    let found = 0;
    for (let i = 0; i < maxPages && i < this.pageCount; i++) {
      const page = this.#scrubPage;
      this.#scrubPage = page + 1 < this.pageCount ? page + 1 : 0;
      if (this.#tags[page] !== UNTOUCHED || (this.runs.active && this.#marks.flight.has(page))) continue;
      if (this.#hashes.current(page) === this.#hashes.table[page]) continue;
      this.#marks.markWhole(page);
      found++;
    }
    this.scrubFaultCount += found;
    return found;
  }

  #checkRange(what: string, offset: number, length: number): void {
    if (isInside(offset, length, this.sizeBytes)) return;
    throw new RangeError(`${what}: ${length} bytes at offset ${offset} do not lie inside the state of ${this.sizeBytes} bytes`);
  }

  #checkPage(what: string, page: number): void {
    if (Number.isInteger(page) && page >= 0 && page < this.pageCount) return;
    throw new RangeError(`${what}: page ${page} does not exist; the state has ${this.pageCount}`);
  }
}

/** Whether [offset, offset + length) lies inside [0, size), for any numbers. */
function isInside(offset: number, length: number, size: number): boolean {
  return Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
}

function checkBuffer(what: string, buffer: Uint8Array, at: number, count: number): void {
  if (isInside(at, count, buffer.length)) return;
  throw new RangeError(`${what}: ${count} bytes at ${at} do not lie inside the buffer of ${buffer.length} bytes`);
}
