import type { StateMemory } from '../state/access.js';
import { COMMITTED_INDEX, ENTRY_HEADER_BYTES, RING_START_OFFSET, RING_USED_OFFSET, TWO_32 } from './runtime-layout.js';

/**
 * Committed outputs, in the state: they travel with the commit that made them, and the host releases them from its durable head.
 * The ring counts in bytes, each entry starts at a multiple of 4, and entries wrap round its end.
 */
export class OutputRing {
  readonly #memory: StateMemory;
  readonly #offset: number;
  readonly #ringBytes: number;

  constructor(memory: StateMemory, offset: number, ringBytes: number) {
    this.#memory = memory;
    this.#offset = offset;
    this.#ringBytes = ringBytes;
  }

  get usedBytes(): number {
    return this.#memory.getU32(RING_USED_OFFSET);
  }

  /** Appends a record as output `index` of commit `sequence`. False: no room. */
  put(sequence: number, index: number, record: Uint8Array, count: number): boolean {
    const entryBytes = ENTRY_HEADER_BYTES + Math.ceil(count / 4) * 4;
    const usedBytes = this.usedBytes;
    if (usedBytes + entryBytes > this.#ringBytes) return false;
    const start = this.#memory.getU32(RING_START_OFFSET) + usedBytes;
    this.#memory.setU32(this.#at(start), sequence >>> 0);
    this.#memory.setU32(this.#at(start + 4), (sequence / TWO_32) >>> 0);
    this.#memory.setU16(this.#at(start + 8), COMMITTED_INDEX | index);
    this.#memory.setU16(this.#at(start + 10), count);
    for (let done = 0; done < count; done++) this.#memory.setU8(this.#at(start + ENTRY_HEADER_BYTES + done), record[done]!);
    this.#memory.setU32(RING_USED_OFFSET, usedBytes + entryBytes);
    return true;
  }

  /** Drops the entries that the host holds durably. */
  dropUpTo(sequence: number): void {
    let start = this.#memory.getU32(RING_START_OFFSET);
    let usedBytes = this.usedBytes;
    const before = usedBytes;
    while (usedBytes >= ENTRY_HEADER_BYTES) {
      const entrySequence = this.#memory.getU32(this.#at(start + 4)) * TWO_32 + this.#memory.getU32(this.#at(start));
      const entryBytes = ENTRY_HEADER_BYTES + Math.ceil(this.#memory.getU16(this.#at(start + 10)) / 4) * 4;
      if (entrySequence > sequence || entryBytes > usedBytes) break;
      start += entryBytes;
      usedBytes -= entryBytes;
    }
    if (usedBytes === before) return;
    this.#memory.setU32(RING_START_OFFSET, start % this.#ringBytes);
    this.#memory.setU32(RING_USED_OFFSET, usedBytes);
  }

  #at(position: number): number {
    return this.#offset + (position % this.#ringBytes);
  }
}
