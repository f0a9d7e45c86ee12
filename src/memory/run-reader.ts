import type { RunSource } from '../codec/payload.js';
import { GRANULE_BYTES, GRANULES_PER_PAGE, PAGE_BYTES } from './constants.js';
import type { DirtyMarks } from './dirty-marks.js';
import { MaskRuns } from './mask-runs.js';
import type { MemoryArrays } from './memory-layout.js';
import type { PageHashes } from './page-hashes.js';

const ALL = -1;
const FREE = -1;

/**
 * The dirty runs of the set in flight as they were at the capture, ascending, each inside one page. Pages that wait to be read
 * are protected: who wants to change one calls `protect` first, and the reader goes on from the copy.
 */
export class RunReader implements RunSource {
  readonly bytes: Uint8Array;
  offset = 0;
  length = 0;
  /** Where the run's bytes lie in `bytes` now; moves when the page is copied, so read it anew after every turn. */
  at = 0;
  /** Whether a capture is in flight, to be released or brought back. */
  active = false;
  /** Whether all runs of the capture were read. */
  finished = false;
  /** Digest of the state at the capture; valid once finished. */
  digest = 0;
  /** Pages from here on are still to be read. */
  #page = 0;
  #slot = 0;
  /** Start of the current page's bytes, live or copied. */
  #pageAt = 0;
  #copiesInUse = 0;
  readonly #runs = new MaskRuns();
  readonly #marks: DirtyMarks;
  readonly #hashes: PageHashes;
  /** A word per copy buffer in the masks' array: the page in it, or -1. */
  readonly #copyPages: number;
  readonly #copyCount: number;
  readonly #pageCount: number;
  /** Granules of the last page that belong to the state. */
  readonly #lastGranules: number;

  constructor(arrays: MemoryArrays, marks: DirtyMarks, hashes: PageHashes, sizeBytes: number) {
    this.bytes = arrays.bytes;
    this.#marks = marks;
    this.#hashes = hashes;
    this.#copyPages = arrays.copyPages;
    this.#copyCount = arrays.copyCount;
    this.#pageCount = arrays.pageCount;
    this.#lastGranules = Math.ceil(sizeBytes / GRANULE_BYTES) - (arrays.pageCount - 1) * GRANULES_PER_PAGE;
  }

  /** Starts on the set in flight. */
  begin(): void {
    this.active = true;
    this.finished = false;
    this.digest = this.#hashes.digest;
    this.#slot = this.#marks.flightSlot;
    this.#page = -1;
    this.#runs.load(0, 0);
  }

  /** Ends the capture, whatever is left of it. */
  end(): void {
    this.active = false;
    this.#page = this.#pageCount;
    this.#runs.load(0, 0);
    for (let copy = 0; copy < this.#copyCount && this.#copiesInUse > 0; copy++) this.#freeCopy(copy);
  }

  /** Steps to the next run; false at the end, or if the capture was ended. */
  next(): boolean {
    while (!this.#runs.next()) {
      if (!this.active || this.finished) return false;
      if (!this.#nextPage()) return false;
    }
    const start = this.#runs.start * GRANULE_BYTES;
    this.offset = this.#page * PAGE_BYTES + start;
    this.length = this.#runs.count * GRANULE_BYTES;
    this.at = this.#pageAt + start;
    return true;
  }

  /**
   * Keeps the captured content of `page` before it changes. False if that needs a copy buffer and none is free.
   * A copied page's hash is taken at once; the live page is free to change from here.
   */
  protect(page: number): boolean {
    if (!this.active || page < this.#page || !this.#marks.flight.has(page)) return true;
    if (this.#copyOf(page) >= 0) return true;
    const copy = this.#findCopy(FREE);
    if (copy < 0) return false;
    const copyAt = (this.#pageCount + copy) * PAGE_BYTES;
    this.bytes.copyWithin(copyAt, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    this.#marks.masks[this.#copyPages + copy] = page;
    this.#copiesInUse++;
    this.#settle(page);
    if (page === this.#page) {
      this.at += copyAt - this.#pageAt;
      this.#pageAt = copyAt;
    }
    return true;
  }

  #nextPage(): boolean {
    this.#leavePage();
    const page = this.#marks.flight.next(this.#page + 1);
    if (page < 0) {
      this.finished = true;
      this.#page = this.#pageCount;
      return false;
    }
    this.#page = page;
    const copy = this.#copyOf(page);
    this.#pageAt = (copy < 0 ? page : this.#pageCount + copy) * PAGE_BYTES;
    this.#loadMask(page);
    return true;
  }

  #loadMask(page: number): void {
    const marks = this.#marks;
    let low = ALL;
    let high = ALL;
    const slot = this.#slot;
    if (slot !== 0 && marks.slotPage(slot) === page) {
      low = marks.masks[slot << 1]!;
      high = marks.masks[(slot << 1) | 1]!;
      this.#slot = marks.slotAfter(slot);
    }
    if (page === this.#pageCount - 1) {
      const granules = this.#lastGranules;
      if (granules < 32) low &= (1 << granules) - 1;
      if (granules <= 32) high = 0;
      else if (granules < 64) high &= (1 << (granules - 32)) - 1;
    }
    this.#runs.load(low, high);
  }

  #leavePage(): void {
    if (this.#page < 0) return;
    const copy = this.#copyOf(this.#page);
    if (copy >= 0) this.#freeCopy(copy);
    else this.#settle(this.#page);
  }

  /** The live page holds the captured content still: its hash belongs to the capture. */
  #settle(page: number): void {
    this.digest = (this.digest + this.#hashes.update(page)) >>> 0;
  }

  /** The copy buffer that holds `page`, or -1. */
  #copyOf(page: number): number {
    return this.#copiesInUse === 0 ? -1 : this.#findCopy(page);
  }

  #findCopy(page: number): number {
    for (let copy = 0; copy < this.#copyCount; copy++) if (this.#marks.masks[this.#copyPages + copy] === page) return copy;
    return -1;
  }

  #freeCopy(copy: number): void {
    if (this.#marks.masks[this.#copyPages + copy] === FREE) return;
    this.#marks.masks[this.#copyPages + copy] = FREE;
    this.#copiesInUse--;
  }
}
