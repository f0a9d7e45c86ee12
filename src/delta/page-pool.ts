import { PAGE_BYTES } from '../memory/constants.js';

const NO_CELL = -1;

/** A fixed number of page cells that many users share. A user threads its cells through `next`. */
export class PagePool {
  readonly cellCount: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Per cell: the cell after it in its user's list, or -1. */
  readonly next: Int32Array;
  /** Per cell: the page that it holds. */
  readonly pages: Uint16Array;
  /** Per cell: hash of its content. */
  readonly hashes: Uint32Array;
  freeCount: number;
  #free = NO_CELL;

  /** Throws RangeError unless `cellCount` is an integer from 0 to 2^20. */
  constructor(cellCount: number) {
    if (!Number.isInteger(cellCount) || cellCount < 0 || cellCount > 1 << 20) {
      throw new RangeError(`page pool: cellCount must be an integer from 0 to ${1 << 20}, not ${cellCount}`);
    }
    this.cellCount = cellCount;
    this.bytes = new Uint8Array(cellCount * PAGE_BYTES);
    this.words = new Int32Array(this.bytes.buffer);
    this.next = new Int32Array(cellCount);
    this.pages = new Uint16Array(cellCount);
    this.hashes = new Uint32Array(cellCount);
    this.freeCount = 0;
    for (let cell = cellCount - 1; cell >= 0; cell--) this.give(cell);
  }

  /** A cell with any content, or -1 if all are taken. */
  take(): number {
    const cell = this.#free;
    if (cell === NO_CELL) return NO_CELL;
    this.#free = this.next[cell]!;
    this.next[cell] = NO_CELL;
    this.freeCount--;
    return cell;
  }

  /** Gives a taken cell back. */
  give(cell: number): void {
    this.next[cell] = this.#free;
    this.#free = cell;
    this.freeCount++;
  }
}
