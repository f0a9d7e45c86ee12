import type { PageMemory } from '../../src/memory/page-memory.js';
import { Violation } from './violation.js';

const PAGE_BYTES = 256;
const GRANULE_BYTES = 4;
/** What a run costs beside its data: its head, at most. */
const RUN_HEAD_BYTES = 3;
const WHOLE_PAGE_BYTES = PAGE_BYTES + 2 * RUN_HEAD_BYTES;
/** Distance, flags, end of the stream, check; and stores within one turn that another store of it takes back. */
const DELTA_BYTES = 8 + 1 + 1 + 4 + 64;
/** What a compressing codec may add to bytes that do not compress. */
const EXPANSION = 1.02;

/**
 * The checker's own account of what a board has changed and not yet got acknowledged, made from the bytes alone: it compares the
 * memory with a copy, and never looks at the marks that it judges.
 */
export class MarkModel {
  readonly #memory: PageMemory;
  readonly #maskCount: number;
  readonly #words: Uint32Array;
  readonly #shadow: Uint32Array;
  /** The same two as bytes. */
  readonly #bytes: Uint8Array;
  readonly #shadowBytes: Uint8Array;
  /** Per granule: changed since the last capture; part of the capture in flight. */
  readonly #collecting: Uint8Array;
  readonly #flying: Uint8Array;
  /** Per page: may be sent whole, because a resync or a scrub asked for it; the same of the capture in flight. */
  readonly #whole: Uint8Array;
  readonly #flyingWhole: Uint8Array;
  /** Pages whose real marks went into the capture in flight. */
  readonly #captured: Uint8Array;
  #capturedCount = 0;
  #masksRanOut = false;
  /** The most bytes that the delta in flight may take (I7). */
  allowedBytes = 0;

  constructor(memory: PageMemory, maskCount: number) {
    this.#memory = memory;
    this.#maskCount = maskCount;
    this.#words = new Uint32Array(memory.bytes.buffer, 0, (memory.pageCount * PAGE_BYTES) / GRANULE_BYTES);
    this.#shadow = this.#words.slice();
    this.#bytes = new Uint8Array(this.#words.buffer, 0, this.#words.byteLength);
    this.#shadowBytes = new Uint8Array(this.#shadow.buffer);
    this.#collecting = new Uint8Array(this.#words.length);
    this.#flying = new Uint8Array(this.#words.length);
    this.#whole = new Uint8Array(memory.pageCount);
    this.#flyingWhole = new Uint8Array(memory.pageCount);
    this.#captured = new Uint8Array(memory.pageCount);
  }

  get masksRanOut(): boolean {
    return this.#masksRanOut;
  }

  isCaptured(page: number): boolean {
    return this.#memory.captureActive && this.#captured[page] === 1;
  }

  /** The memory was filled from outside: nothing of it is a change. */
  restart(): void {
    this.#shadow.set(this.#words);
    this.#collecting.fill(0);
    this.#flying.fill(0);
    this.#whole.fill(0);
    this.#flyingWhole.fill(0);
    this.#captured.fill(0);
    this.#capturedCount = 0;
    this.#masksRanOut = this.#maskCount === 0;
  }

  /** Takes in what changed since the last look. */
  look(): void {
    const words = this.#words;
    const shadow = this.#shadow;
    if (Buffer.compare(this.#bytes, this.#shadowBytes) !== 0) {
      for (let i = 0; i < words.length; i++) {
        if (words[i] === shadow[i]) continue;
        shadow[i] = words[i]!;
        this.#collecting[i] = 1;
      }
    }
    if (this.#memory.dirtyPageCount + this.#capturedCount >= this.#maskCount) this.#masksRanOut = true;
  }

  allowWhole(page: number): void {
    this.#whole[page] = 1;
  }

  captured(): void {
    for (let page = 0; page < this.#captured.length; page++) this.#captured[page] = this.#memory.isPageDirty(page) ? 1 : 0;
    this.#capturedCount = this.#memory.dirtyPageCount;
    for (let i = 0; i < this.#flying.length; i++) this.#flying[i]! |= this.#collecting[i]!;
    this.#collecting.fill(0);
    this.#flyingWhole.set(this.#whole);
    this.#whole.fill(0);
    this.allowedBytes = this.#cost();
  }

  released(): void {
    this.#flying.fill(0);
    this.#captured.fill(0);
    this.#capturedCount = 0;
    this.#flyingWhole.fill(0);
    if (this.#memory.dirtyPageCount === 0) this.#masksRanOut = this.#maskCount === 0;
  }

  broughtBack(): void {
    for (let page = 0; page < this.#whole.length; page++) this.#whole[page]! |= this.#flyingWhole[page]!;
    this.#flyingWhole.fill(0);
    for (let i = 0; i < this.#flying.length; i++) this.#collecting[i]! |= this.#flying[i]!;
    this.#flying.fill(0);
    this.#captured.fill(0);
    this.#capturedCount = 0;
  }

  /** I3: what differs from the acknowledged state is dirty or on its way. `isExempt`: changed behind the barrier, or held by the host already. */
  checkNothingForgotten(acknowledged: Uint8Array, isExempt: (page: number) => boolean): void {
    const memory = this.#memory;
    for (let page = 0; page < memory.pageCount; page++) {
      if (this.#isMarked(page)) continue;
      const first = page;
      while (page + 1 < memory.pageCount && !this.#isMarked(page + 1)) page++;
      if (this.#isEqual(acknowledged, first, page)) continue;
      for (let one = first; one <= page; one++) {
        if (this.#isEqual(acknowledged, one, one) || isExempt(one)) continue;
        throw new Violation('I3', `page ${one} differs from the acknowledged state and is neither dirty nor on its way`);
      }
    }
  }

  #isMarked(page: number): boolean {
    return this.#memory.isPageDirty(page) || this.isCaptured(page);
  }

  #isEqual(acknowledged: Uint8Array, first: number, last: number): boolean {
    const from = first * PAGE_BYTES;
    const to = Math.min((last + 1) * PAGE_BYTES, this.#memory.sizeBytes);
    return Buffer.compare(this.#memory.bytes.subarray(from, to), acknowledged.subarray(from, to)) === 0;
  }

  /** Bytes that what was changed takes at most: per run a head and its granules. */
  #cost(): number {
    let bytes = DELTA_BYTES;
    const granulesPerPage = PAGE_BYTES / GRANULE_BYTES;
    for (let page = 0; page < this.#whole.length; page++) {
      if (this.#captured[page] === 0) continue;
      let pageBytes = 0;
      for (let i = page * granulesPerPage; i < (page + 1) * granulesPerPage; i++) {
        if (this.#flying[i] === 0) continue;
        pageBytes += GRANULE_BYTES + (i === page * granulesPerPage || this.#flying[i - 1] === 0 ? RUN_HEAD_BYTES : 0);
      }
      bytes += this.#flyingWhole[page] === 1 || this.#masksRanOut ? WHOLE_PAGE_BYTES : pageBytes;
    }
    return bytes * EXPANSION;
  }
}
