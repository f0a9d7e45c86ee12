import { GRANULE_BYTES, GRANULES_PER_PAGE, PAGE_BYTES } from './constants.js';
import { DirtyMarks, UNTOUCHED } from './dirty-marks.js';
import { assertLittleEndian, layOutMemory, type MemoryOptions } from './memory-layout.js';
import { PageHashes } from './page-hashes.js';
import { checkBufferRange, checkPage, checkStateRange } from './range-checks.js';
import { RunReader } from './run-reader.js';

const SINGLE_EXPONENT = 0x7f800000;
const SINGLE_NAN = 0x7fc00000;
const DOUBLE_EXPONENT = 0x7ff00000;
const DOUBLE_NAN_HIGH = 0x7ff80000;

/**
 * An agent's state in pages, with a write barrier that marks which granules changed, and hashes that fingerprint it.
 *
 * The numeric accessors trust their caller: offsets are naturally aligned and inside the state. They compare stored bits: a
 * store that changes none marks nothing. NaN is stored in one form. All other methods check their numbers and throw RangeError,
 * except where they say that the caller has checked.
 */
export class PageMemory {
  // The setters come first, and so do the fields that they use: XS searches both in order.
  readonly #words: Int32Array;
  readonly #tags: Uint8Array | Uint16Array;
  readonly #masks: Int32Array;
  /** State pages, then copy buffers. Others only read. */
  readonly bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #singles: Float32Array;
  readonly #doubles: Float64Array;
  readonly #scratch: number;
  readonly #marks: DirtyMarks;
  readonly #hashes: PageHashes;
  /** What a capture gives out, and how far it was read. */
  readonly runs: RunReader;
  readonly sizeBytes: number;
  readonly pageCount: number;
  /** Set when a write needed a copy buffer and none was free: the capture ended, and its marks came back. */
  captureAborted = false;
  /** Pages that `scrub` found changed behind the barrier. */
  scrubFaultCount = 0;
  #scrubPage = 0;

  constructor(options: MemoryOptions) {
    assertLittleEndian();
    const arrays = layOutMemory(options);
    this.#words = arrays.words;
    this.#tags = arrays.tags;
    this.#masks = arrays.masks;
    this.bytes = arrays.bytes;
    this.#halves = arrays.halves;
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

  // The barrier is written out in each setter: a call would cost a quarter of the store.
  setU32(offset: number, value: number): void {
    const word = value | 0;
    const index = offset >>> 2;
    if (this.#words[index] === word) return;
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << index;
    this.#words[index] = word;
  }

  setU8(offset: number, value: number): void {
    const byte = value & 0xff;
    if (this.bytes[offset] === byte) return;
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << (offset >>> 2);
    this.bytes[offset] = byte;
  }

  setU16(offset: number, value: number): void {
    const half = value & 0xffff;
    if (this.#halves[offset >>> 1] === half) return;
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << (offset >>> 2);
    this.#halves[offset >>> 1] = half;
  }

  setF32(offset: number, value: number): void {
    this.#singles[this.#scratch] = value;
    let word = this.#words[this.#scratch]!;
    if ((word & 0x7fffffff) > SINGLE_EXPONENT) word = SINGLE_NAN;
    if (this.#words[offset >>> 2] === word) return;
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << (offset >>> 2);
    this.#words[offset >>> 2] = word;
  }

  setF64(offset: number, value: number): void {
    const index = offset >>> 2;
    this.#doubles[this.#scratch >>> 1] = value;
    let low = this.#words[this.#scratch]!;
    let high = this.#words[this.#scratch + 1]!;
    if ((high & DOUBLE_EXPONENT) === DOUBLE_EXPONENT && Number.isNaN(value)) {
      low = 0;
      high = DOUBLE_NAN_HIGH;
    }
    if (this.#words[index] === low && this.#words[index + 1] === high) return;
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    // The index is even: the bits of both halves lie in one word of the mask.
    const changed = this.#words[index] === low ? 2 : this.#words[index + 1] === high ? 1 : 3;
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= changed << index;
    this.#words[index] = low;
    this.#words[index + 1] = high;
  }

  /** Stores the same bits as `setU32`. */
  setI32(offset: number, value: number): void {
    this.setU32(offset, value);
  }

  setI16(offset: number, value: number): void {
    this.setU16(offset, value);
  }

  setI8(offset: number, value: number): void {
    this.setU8(offset, value);
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

  /** The slow path of the barrier, taken once per page and commit, before the page changes. Returns its tag. */
  #touch(page: number): number {
    this.#protect(page);
    return this.#tags[page] || this.#marks.touch(page);
  }

  /** Saves a captured page before it changes, or gives the capture up. */
  #protect(page: number): void {
    if (this.runs.protect(page)) return;
    this.bringBack();
    this.captureAborted = true;
  }

  #mark(offset: number): void {
    const tag = this.#tags[offset >>> 8] || this.#touch(offset >>> 8);
    this.#masks[(tag << 1) | ((offset >>> 7) & 1)]! |= 1 << (offset >>> 2);
  }

  /** Copies `count` bytes of the state to `target`. */
  read(offset: number, target: Uint8Array, at: number, count: number): void {
    checkStateRange('read', offset, count, this.sizeBytes);
    checkBufferRange('read', target, at, count);
    for (let i = 0; i < count; i++) target[at + i] = this.bytes[offset + i]!;
  }

  /** Copies `count` bytes of `source`, by default all from `from` on, into the state; marks the granules whose bits change. */
  write(offset: number, source: Uint8Array, from = 0, count = source.length - from): void {
    checkStateRange('write', offset, count, this.sizeBytes);
    checkBufferRange('write', source, from, count);
    for (let i = 0; i < count; i++) {
      const byte = source[from + i]!;
      if (this.bytes[offset + i] === byte) continue;
      this.#mark(offset + i);
      this.bytes[offset + i] = byte;
    }
  }

  /** Marks every granule that the range touches; none if `length` is 0. Who changes bytes directly calls this before. */
  markRangeDirty(offset: number, length: number): void {
    checkStateRange('markRangeDirty', offset, length, this.sizeBytes);
    const end = offset + length;
    for (let at = length === 0 ? end : offset & -GRANULE_BYTES; at < end; at += GRANULE_BYTES) this.#mark(at);
  }

  /** Marks all of `page`. */
  markPageDirty(page: number): void {
    checkPage('markPageDirty', page, this.pageCount);
    this.#protect(page);
    this.#marks.markWhole(page);
  }

  /** Whether `page` has marks in the collecting set. */
  isPageDirty(page: number): boolean {
    checkPage('isPageDirty', page, this.pageCount);
    return this.#tags[page] !== UNTOUCHED;
  }

  /** Pages in the collecting set. */
  get dirtyPageCount(): number {
    return this.#marks.collecting.count;
  }

  /** The first page from `from` in the collecting set, or -1. */
  nextDirtyPage(from: number): number {
    return this.#marks.collecting.next(from);
  }

  /** Hash of each page as it was last encoded, loaded or settled. Others only read. */
  get hashes(): Uint32Array {
    return this.#hashes.table;
  }

  /** Sum of `hashes` modulo 2^32; that of the state as it is now if nothing is dirty or in flight. */
  get digest(): number {
    return this.#hashes.digest;
  }

  /** Hash of `page` as it is now; the table stays. */
  currentHash(page: number): number {
    checkPage('currentHash', page, this.pageCount);
    return this.#hashes.current(page);
  }

  /**
   * The other side is known to hold `page` as it is now: its marks are dropped, its hash taken and returned.
   * Throws Error while a capture is in flight.
   */
  settlePage(page: number): number {
    checkPage('settlePage', page, this.pageCount);
    if (this.runs.active) throw new Error('settlePage: a capture is in flight');
    this.#marks.unmark(page);
    this.#hashes.update(page);
    return this.#hashes.table[page]!;
  }

  /** Fills a part of the state from a trusted copy: marks stay as they are, hashes follow. */
  load(offset: number, source: Uint8Array, from: number, count: number): void {
    checkStateRange('load', offset, count, this.sizeBytes);
    checkBufferRange('load', source, from, count);
    for (let done = 0; done < count; ) {
      const page = (offset + done) >>> 8;
      const part = Math.min(count - done, (page + 1) * PAGE_BYTES - offset - done);
      this.place(offset + done, source, from + done, part);
      this.rehashPage(page);
      done += part;
    }
  }

  /** `load` of a part of one page that the caller has checked; `rehashPage` is due once the page is complete. */
  place(offset: number, source: Uint8Array, from: number, count: number): void {
    this.#protect(offset >>> 8);
    for (let i = 0; i < count; i++) this.bytes[offset + i] = source[from + i]!;
  }

  rehashPage(page: number): void {
    this.#hashes.update(page);
  }

  /** `load` of a whole page that the caller has checked, and whose hash it knows, from the words at `firstWord`. */
  loadPage(page: number, source: Int32Array, firstWord: number, hash: number): void {
    this.#protect(page);
    const words = this.#words;
    const to = page * GRANULES_PER_PAGE;
    for (let i = 0; i < GRANULES_PER_PAGE; i++) words[to + i] = source[firstWord + i]!;
    this.#hashes.replace(page, hash);
  }

  /** Copies a whole page that the caller has checked to the words at `firstWord`. */
  readPage(page: number, target: Int32Array, firstWord: number): void {
    const words = this.#words;
    const from = page * GRANULES_PER_PAGE;
    for (let i = 0; i < GRANULES_PER_PAGE; i++) target[firstWord + i] = words[from + i]!;
  }

  /** A bit for each of the 32 granules from `granule` whose bits differ from the words at `firstWord`. The caller has checked both. */
  differences(granule: number, other: Int32Array, firstWord: number): number {
    const words = this.#words;
    let mask = 0;
    for (let i = 0; i < 32; i++) if (words[granule + i] !== other[firstWord + i]) mask |= 1 << i;
    return mask;
  }

  /** Back to zeros: no marks, no capture. */
  reset(): void {
    this.bringBack();
    const dirty = this.#marks.collecting;
    for (let page = dirty.next(0); page >= 0; page = dirty.next(page + 1)) this.#marks.unmark(page);
    this.bytes.fill(0);
    this.captureAborted = false;
    this.#hashes.updateAll();
  }

  /** Whether a capture is in flight. */
  get captureActive(): boolean {
    return this.runs.active;
  }

  /**
   * Sends the collected marks on their way: `runs` gives them out. False if a capture is in flight, or if nothing is dirty and
   * `isForced` is not set.
   */
  capture(isForced = false): boolean {
    if (this.runs.active || (this.#marks.collecting.count === 0 && !isForced)) return false;
    this.captureAborted = false;
    this.#marks.swap();
    this.runs.begin();
    return true;
  }

  /** The capture was acknowledged: its marks are dropped. Throws Error if not all of its runs were read. */
  release(): void {
    if (!this.runs.active || !this.runs.finished) throw new Error('release: no capture, or not read to its end');
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
}
