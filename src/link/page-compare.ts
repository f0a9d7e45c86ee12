import type { PageMemory } from '../memory/page-memory.js';
import { HASHES_PER_FRAME, KIND_HASHES } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { DiffsMessage } from '../wire/resync-frames.js';
import type { RttEstimator } from './rtt.js';

/** Every page: nothing is known of what the host holds. */
export const COMPARE_ALL = 1;
/** Dirty pages: the host keeps pages of a torn delta, and may have some of these as they are. */
export const COMPARE_DIRTY = 2;
/** Every page of a memory that is no state yet: what is right already is not sent again. */
export const COMPARE_PARTIAL = 3;
/** Clean pages, in idle time: the tables of both sides must agree. */
export const COMPARE_SCRUB = 4;
/** Every page, after a mismatch: the host dropped what it had staged, and clean pages are the head's as far as anybody knows. */
export const COMPARE_AGAIN = 5;

/** So many repetitions of one question without an answer, and the session is given up: the host may be in the midst of a delta that nobody sends. */
export const UNANSWERED_MAX = 16;

const IDLE = 0;

/**
 * The board's half of a resync: asks the host, range by range, which pages differ from what it holds.
 *
 * A page's marks are taken off when its hash is asked about, so that writes from then on are seen; a page that differs is marked whole
 * again. Pages found equal to what the host has only staged stay on a list until a delta that builds on them is acknowledged: the host may
 * lose its copy before. What was found equal to the head is durable.
 * One range is asked at a time; it is repeated with the same hashes, and an answer counts only for the round that it names.
 */
export class PageCompare {
  mode = IDLE;
  differences = 0;
  readonly #memory: PageMemory;
  readonly #rtt: RttEstimator;
  /** Bit per page: being asked about, or found equal to a staged one and not yet part of an acknowledged delta. */
  readonly #trusted: Uint8Array;
  #trustedCount = 0;
  #round = 0;
  #cursor = 0;
  #first = 0;
  #count = 0;
  #askedMs = 0;
  #isAsked = false;
  #unansweredRun = 0;
  #isStaged = false;

  constructor(memory: PageMemory, rtt: RttEstimator) {
    this.#memory = memory;
    this.#rtt = rtt;
    this.#trusted = new Uint8Array((memory.pageCount + 7) >>> 3);
  }

  get active(): boolean {
    return this.mode !== IDLE;
  }

  /** The host can be heard, but does not answer. */
  get isStuck(): boolean {
    return this.#unansweredRun > UNANSWERED_MAX;
  }

  /** Pages that the host holds, but no acknowledged delta contains. */
  get trustedCount(): number {
    return this.#trustedCount;
  }

  /** `isStaged`: the host compares with pages of a torn delta where it has some. */
  start(mode: number, isStaged = mode === COMPARE_DIRTY): void {
    this.mode = mode;
    this.#isStaged = isStaged;
    this.differences = 0;
    this.#isAsked = false;
    this.#unansweredRun = 0;
    this.#count = 0;
    if (mode !== COMPARE_SCRUB || this.#cursor >= this.#memory.pageCount) this.#cursor = 0;
    if (mode === COMPARE_DIRTY) this.#skipClean();
  }

  /** The session is gone, and with it what the host staged or was asked: everything trusted is dirty again. */
  cancel(): void {
    this.mode = IDLE;
    this.#isAsked = false;
    this.#unansweredRun = 0;
    for (let page = 0; this.#trustedCount > 0; page++) {
      if (this.#isTrusted(page)) {
        this.#distrust(page);
        this.#memory.markPageDirty(page);
      }
    }
  }

  /** A delta was acknowledged: the head contains what was trusted. */
  settle(): void {
    if (this.#trustedCount === 0) return;
    this.#trusted.fill(0);
    this.#trustedCount = 0;
  }

  /** A frame is to be built now. */
  isDue(nowMs: number): boolean {
    return this.mode !== IDLE && (!this.#isAsked || nowMs >= this.#askedMs + this.#rtt.rtoMs);
  }

  dueMs(nowMs: number): number {
    if (this.mode === IDLE) return Number.POSITIVE_INFINITY;
    return this.#isAsked ? this.#askedMs + this.#rtt.rtoMs : nowMs;
  }

  /** Builds HASHES for the next range, or for the one that was not answered. */
  build(nowMs: number, builder: FrameBuilder): void {
    if (this.#isAsked) {
      this.#rtt.backOff();
      this.#unansweredRun++;
    } else {
      this.#ask();
    }
    this.#askedMs = nowMs;
    builder.begin(KIND_HASHES);
    builder.u8(this.#round);
    builder.varint(this.#first);
    const hashes = this.#memory.hashes;
    for (let page = this.#first; page < this.#first + this.#count; page++) builder.u32(hashes[page]!);
  }

  /** False: not the answer to what is asked now. `mode` is idle when the answer was the last. */
  onDiffs(diffs: DiffsMessage): boolean {
    const fits = diffs.round === this.#round && diffs.firstPage === this.#first && diffs.count === this.#count;
    if (!this.#isAsked || !fits) return false;
    this.#isAsked = false;
    this.#unansweredRun = 0;
    this.#rtt.relax();
    for (let index = 0; index < this.#count; index++) {
      if (diffs.differs(index)) this.#onDifference(this.#first + index);
      else if (!this.#isStaged) this.#distrust(this.#first + index);
    }
    this.#cursor = this.#first + this.#count;
    if (this.mode === COMPARE_DIRTY) this.#skipClean();
    if (this.mode === COMPARE_SCRUB || this.#cursor >= this.#memory.pageCount) this.mode = IDLE;
    return true;
  }

  #ask(): void {
    const memory = this.#memory;
    this.#isAsked = true;
    this.#round = (this.#round + 1) & 0xff;
    this.#first = this.#cursor;
    this.#count = Math.min(HASHES_PER_FRAME, memory.pageCount - this.#cursor);
    if (this.mode === COMPARE_SCRUB) return;
    if (this.mode === COMPARE_DIRTY) this.#trimClean();
    for (let page = this.#first; page < this.#first + this.#count; page++) {
      const isTrustable = this.mode !== COMPARE_PARTIAL && (this.mode === COMPARE_ALL || memory.isPageDirty(page));
      memory.settlePage(page);
      if (isTrustable) this.#trust(page);
    }
  }

  #onDifference(page: number): void {
    if (this.mode === COMPARE_PARTIAL) return;
    if (this.mode === COMPARE_SCRUB && this.#memory.isPageDirty(page)) return;
    this.differences++;
    this.#distrust(page);
    this.#memory.markPageDirty(page);
  }

  /** A range of dirty pages begins with one. */
  #skipClean(): void {
    while (this.#cursor < this.#memory.pageCount && !this.#memory.isPageDirty(this.#cursor)) this.#cursor++;
    if (this.#cursor >= this.#memory.pageCount) this.mode = IDLE;
  }

  /** ... and ends with one. */
  #trimClean(): void {
    while (this.#count > 1 && !this.#memory.isPageDirty(this.#first + this.#count - 1)) this.#count--;
  }

  #isTrusted(page: number): boolean {
    return (this.#trusted[page >>> 3]! & (1 << (page & 7))) !== 0;
  }

  #trust(page: number): void {
    if (this.#isTrusted(page)) return;
    this.#trusted[page >>> 3]! |= 1 << (page & 7);
    this.#trustedCount++;
  }

  #distrust(page: number): void {
    if (!this.#isTrusted(page)) return;
    this.#trusted[page >>> 3]! &= ~(1 << (page & 7));
    this.#trustedCount--;
  }
}
