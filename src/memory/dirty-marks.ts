import type { MemoryArrays } from './memory-layout.js';
import type { PageSet } from './page-set.js';

/** Tag of a page that was not marked since the last swap. */
export const UNTOUCHED = 0;
/** Tag of a page that is wholly dirty; its mask slot is a dummy that nobody reads. */
export const WHOLE = 1;
const FIRST_SLOT = 2;
const NO_SLOT = 0;

/**
 * Two sets of dirty marks: one collects, one is in flight. A set is a bitmap of pages; a page's granules are a 64-bit mask
 * in a slot of one shared pool. Where the pool is empty the page counts as wholly dirty.
 *
 * A tag per page names the slot in the collecting set. The set in flight needs no tags: its slots form a chain in the order
 * of their pages, and a page that is not in the chain is wholly dirty.
 */
export class DirtyMarks {
  collecting: PageSet;
  flight: PageSet;
  /** First slot of the set in flight, in page order, or 0. */
  flightSlot = NO_SLOT;
  readonly tags: Uint8Array | Uint16Array;
  /** Two words per slot; then, from `#links` on, a word per slot: its page, and in the low half the slot after it in its chain. */
  readonly masks: Int32Array;
  readonly #links: number;
  #freeSlot = NO_SLOT;
  #freeSlotCount = 0;

  constructor(arrays: MemoryArrays) {
    this.tags = arrays.tags;
    this.masks = arrays.masks;
    this.#links = arrays.slotCount * 2;
    this.collecting = arrays.firstSet;
    this.flight = arrays.secondSet;
    for (let slot = arrays.slotCount - 1; slot >= FIRST_SLOT; slot--) this.#give(slot);
  }

  get freeSlotCount(): number {
    return this.#freeSlotCount;
  }

  /** Page of a slot in flight. */
  slotPage(slot: number): number {
    return this.masks[this.#links + slot]! >>> 16;
  }

  /** The slot after `slot` in its chain, or 0. */
  slotAfter(slot: number): number {
    return this.masks[this.#links + slot]! & 0xffff;
  }

  /** First mark on `page` since the last swap. Returns its tag. */
  touch(page: number): number {
    this.collecting.add(page);
    const slot = this.#freeSlot;
    if (slot === NO_SLOT) {
      this.tags[page] = WHOLE;
      return WHOLE;
    }
    this.#freeSlot = this.slotAfter(slot);
    this.#freeSlotCount--;
    this.masks[slot << 1] = 0;
    this.masks[(slot << 1) | 1] = 0;
    this.tags[page] = slot;
    return slot;
  }

  /** Marks all of `page`. */
  markWhole(page: number): void {
    const tag = this.tags[page]!;
    if (tag === UNTOUCHED) this.collecting.add(page);
    else if (tag !== WHOLE) this.#give(tag);
    this.tags[page] = WHOLE;
  }

  /** Takes all marks off `page` in the collecting set. */
  unmark(page: number): void {
    const tag = this.tags[page]!;
    if (tag === UNTOUCHED) return;
    if (tag !== WHOLE) this.#give(tag);
    this.tags[page] = UNTOUCHED;
    this.collecting.remove(page);
  }

  /** What was collected is in flight from here; the set in flight must be empty. */
  swap(): void {
    const flight = this.collecting;
    this.collecting = this.flight;
    this.flight = flight;
    let last = NO_SLOT;
    for (let page = flight.next(0); page >= 0; page = flight.next(page + 1)) {
      const tag = this.tags[page]!;
      this.tags[page] = UNTOUCHED;
      if (tag === WHOLE) continue;
      this.masks[this.#links + tag] = page << 16;
      if (last === NO_SLOT) this.flightSlot = tag;
      else this.masks[this.#links + last]! |= tag;
      last = tag;
    }
  }

  /** Forgets the set in flight. */
  drop(): void {
    const flight = this.flight;
    for (let page = flight.next(0); page >= 0; page = flight.next(page + 1)) flight.remove(page);
    let slot = this.flightSlot;
    while (slot !== NO_SLOT) {
      const next = this.slotAfter(slot);
      this.#give(slot);
      slot = next;
    }
    this.flightSlot = NO_SLOT;
  }

  /** Puts the set in flight back into the collecting one: the marks of a page are the union of both. */
  bringBack(): void {
    const flight = this.flight;
    let slot = this.flightSlot;
    for (let page = flight.next(0); page >= 0; page = flight.next(page + 1)) {
      flight.remove(page);
      if (slot !== NO_SLOT && this.slotPage(slot) === page) {
        const next = this.slotAfter(slot);
        this.#bringBackSlot(page, slot);
        slot = next;
      } else {
        this.markWhole(page);
      }
    }
    this.flightSlot = NO_SLOT;
  }

  #bringBackSlot(page: number, slot: number): void {
    const tag = this.tags[page]!;
    if (tag === UNTOUCHED) {
      this.collecting.add(page);
      this.tags[page] = slot;
      return;
    }
    if (tag !== WHOLE) {
      this.masks[tag << 1]! |= this.masks[slot << 1]!;
      this.masks[(tag << 1) | 1]! |= this.masks[(slot << 1) | 1]!;
    }
    this.#give(slot);
  }

  #give(slot: number): void {
    this.masks[this.#links + slot] = this.#freeSlot;
    this.#freeSlot = slot;
    this.#freeSlotCount++;
  }
}
