import type { Access } from './access.js';
import type { Codec } from './codec.js';
import type { ArrayLayout, RingLayout } from './layout.js';
import { refuseIndex } from './refuse.js';

/** Finds elements by index; arrays, rings and maps each have one. */
export interface Elements {
  readonly access: Access;
  readonly length: number;
  readonly capacity: number;
  /** @throws RangeError for an index that is no integer from 0 to length - 1 */
  offsetOf(index: number): number;
}

export class ArrayElements implements Elements {
  readonly access: Access;
  readonly length: number;
  readonly #path: string;
  readonly #offset: number;
  readonly #strideBytes: number;

  constructor(access: Access, path: string, layout: ArrayLayout, offset: number) {
    this.access = access;
    this.length = layout.capacity;
    this.#path = path;
    this.#offset = offset;
    this.#strideBytes = layout.element.sizeBytes;
  }

  get capacity(): number {
    return this.length;
  }

  offsetOf(index: number): number {
    if (index >>> 0 !== index || index >= this.length) refuseIndex(this.#path, index, this.length);
    return this.#offset + index * this.#strideBytes;
  }
}

/** Index 0 is the oldest element. Damaged indices in the state are brought back into range when read. */
export class RingElements implements Elements {
  readonly access: Access;
  readonly #path: string;
  readonly #layout: RingLayout;
  readonly #offset: number;

  constructor(access: Access, path: string, layout: RingLayout, offset: number) {
    this.access = access;
    this.#path = path;
    this.#layout = layout;
    this.#offset = offset;
  }

  get capacity(): number {
    return this.#layout.capacity;
  }

  get length(): number {
    const length = this.access.getIndex(this.#offset + this.#layout.lengthOffset, this.#layout.indexBytes);
    return length > this.#layout.capacity ? this.#layout.capacity : length;
  }

  get #next(): number {
    const next = this.access.getIndex(this.#offset + this.#layout.nextOffset, this.#layout.indexBytes);
    return next >= this.#layout.capacity ? 0 : next;
  }

  offsetOf(index: number): number {
    const length = this.length;
    if (index >>> 0 !== index || index >= length) refuseIndex(this.#path, index, length);
    let slot = this.#next - length + index;
    if (slot < 0) slot += this.#layout.capacity;
    return this.#offset + slot * this.#layout.element.sizeBytes;
  }

  /** Where the next element goes. It becomes one by advance(), so that a refused value leaves the ring as it was. */
  nextOffset(): number {
    return this.#offset + this.#next * this.#layout.element.sizeBytes;
  }

  advance(): void {
    const { capacity, indexBytes, nextOffset, lengthOffset } = this.#layout;
    const next = this.#next + 1;
    const length = this.length;
    this.access.setIndex(this.#offset + nextOffset, indexBytes, next === capacity ? 0 : next);
    if (length < capacity) this.access.setIndex(this.#offset + lengthOffset, indexBytes, length + 1);
  }

  clear(): void {
    this.access.setIndex(this.#offset + this.#layout.lengthOffset, this.#layout.indexBytes, 0);
  }
}

/** One value of every element: `state.sensors.value.get(i)`, `state.sensors.value.set(i, v)`. */
export class Column<V> {
  readonly #elements: Elements;
  readonly #codec: Codec<V>;
  readonly #fieldOffset: number;

  constructor(elements: Elements, codec: Codec<V>, fieldOffset: number) {
    this.#elements = elements;
    this.#codec = codec;
    this.#fieldOffset = fieldOffset;
  }

  /** @throws RangeError for an index outside the elements */
  get(index: number): V {
    return this.#codec.get(this.#elements.access, this.#elements.offsetOf(index) + this.#fieldOffset);
  }

  /** @throws RangeError for an index outside the elements or a value outside the type */
  set(index: number, value: V): void {
    this.#codec.set(this.#elements.access, this.#elements.offsetOf(index) + this.#fieldOffset, value);
  }
}
