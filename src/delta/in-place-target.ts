import { PAGE_BYTES } from '../memory/constants.js';
import type { PageMemory } from '../memory/page-memory.js';
import { BAD_PADDING, OK } from './codes.js';
import type { DeltaTarget } from './delta-target.js';
import { checkRun } from './run-check.js';

/**
 * Writes a delta straight into a memory that is no state yet: a board being refilled. A refused delta leaves pages
 * that only page hashes tell apart from right ones.
 */
export class InPlaceTarget implements DeltaTarget {
  refusal = OK;
  readonly memory: PageMemory;
  #page = -1;
  #runEnd = 0;
  #putAt = 0;

  constructor(memory: PageMemory) {
    this.memory = memory;
  }

  get digest(): number {
    return this.memory.digest;
  }

  begin(_keepStaged: boolean): void {
    this.#settle();
    this.#runEnd = 0;
  }

  open(offset: number, length: number): boolean {
    this.refusal = this.#openCode(offset, length);
    return this.refusal === OK;
  }

  #openCode(offset: number, length: number): number {
    const code = checkRun(offset, length, this.#runEnd, this.memory.sizeBytes);
    if (code !== OK) return code;
    const page = offset >>> 8;
    if (page !== this.#page) {
      this.#settle();
      this.#page = page;
    }
    this.#runEnd = offset + length;
    this.#putAt = offset;
    return OK;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    this.memory.place(this.#putAt, bytes, at, count);
    this.#putAt += count;
  }

  oldByte(offset: number): number {
    return this.memory.bytes[offset]!;
  }

  oldWord(offset: number): number {
    return this.memory.getI32(offset);
  }

  finish(): number {
    this.#settle();
    return this.#isPaddingZero() ? OK : BAD_PADDING;
  }

  /** The delta is in place already. */
  apply(): void {
    this.#settle();
  }

  suspend(): void {
    this.#settle();
  }

  /** What was written stays; its hashes are right, so that a resync can use it. */
  drop(): void {
    this.#settle();
  }

  #settle(): void {
    if (this.#page >= 0) this.memory.rehashPage(this.#page);
    this.#page = -1;
  }

  #isPaddingZero(): boolean {
    const bytes = this.memory.bytes;
    const end = this.memory.pageCount * PAGE_BYTES;
    for (let i = this.memory.sizeBytes; i < end; i++) if (bytes[i] !== 0) return false;
    return true;
  }
}
