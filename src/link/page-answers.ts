import type { StagedTarget } from '../delta/staged-target.js';
import { NOT_STAGED } from '../delta/staged-target.js';
import { PAGE_BYTES } from '../memory/constants.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { DiffsMessage, type HashesFrame } from '../wire/resync-frames.js';

/**
 * The host's half of a resync: says which of the board's pages differ from what is held here, staged pages before the head's.
 * For a board that is to be refilled the differing pages are marked on the way; they are the refill.
 */
export class PageAnswers {
  pending = false;
  readonly #memory: PageMemory;
  readonly #target: StagedTarget | undefined;
  readonly #diffs = new DiffsMessage();
  #isCollecting: boolean;
  /** Pages below this one were asked about. */
  #collectedPages = 0;

  /** `target`: where pages of a torn delta may lie; undefined for a side that receives none. */
  constructor(memory: PageMemory, target: StagedTarget | undefined, isCollecting: boolean) {
    this.#memory = memory;
    this.#target = target;
    this.#isCollecting = isCollecting;
  }

  /** A refill waits for the board's hashes, from page 0 on. */
  collect(): void {
    this.#isCollecting = true;
    this.#collectedPages = 0;
  }

  stopCollecting(): void {
    this.#isCollecting = false;
  }

  get isCollecting(): boolean {
    return this.#isCollecting;
  }

  /** The board has told of every page: what differs is marked. */
  get collected(): boolean {
    return this.#isCollecting && this.#collectedPages >= this.#memory.pageCount;
  }

  /** False: pages that do not exist. */
  answer(frame: HashesFrame, bytes: Uint8Array): boolean {
    if (frame.firstPage + frame.count > this.#memory.pageCount) return false;
    if (this.#isCollecting && frame.firstPage > this.#collectedPages) return false;
    const diffs = this.#diffs;
    diffs.round = frame.round;
    diffs.firstPage = frame.firstPage;
    diffs.count = frame.count;
    diffs.bitmap.fill(0);
    for (let index = 0; index < frame.count; index++) this.#compare(frame, index, bytes);
    if (this.#isCollecting) this.#collectedPages = Math.max(this.#collectedPages, frame.firstPage + frame.count);
    this.pending = true;
    return true;
  }

  build(builder: FrameBuilder, kind: number): true {
    this.pending = false;
    builder.begin(kind);
    this.#diffs.write(builder);
    return true;
  }

  /** Marks every page that is not all zeros: a board without memory lacks them. */
  markContent(): void {
    for (let page = 0; page < this.#memory.pageCount; page++) if (!this.#isZero(page)) this.#memory.markPageDirty(page);
  }

  /** The head's pages are never dirty but for a refill. */
  forgetMarks(): void {
    const memory = this.#memory;
    for (let page = memory.nextDirtyPage(0); page >= 0; page = memory.nextDirtyPage(page + 1)) memory.settlePage(page);
  }

  #compare(frame: HashesFrame, index: number, bytes: Uint8Array): void {
    const page = frame.firstPage + index;
    const at = frame.hashesAt + index * 4;
    const theirs = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
    const staged = this.#isCollecting || this.#target === undefined ? NOT_STAGED : this.#target.stagedHash(page);
    const ours = staged === NOT_STAGED ? this.#memory.hashes[page]! : staged;
    if (theirs === ours) return;
    this.#diffs.mark(index);
    if (this.#isCollecting) this.#memory.markPageDirty(page);
  }

  #isZero(page: number): boolean {
    const end = (page + 1) * PAGE_BYTES;
    for (let at = page * PAGE_BYTES; at < end; at++) if (this.#memory.bytes[at] !== 0) return false;
    return true;
  }
}
