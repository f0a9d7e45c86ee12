import type { Codec } from './codec.js';
import { type ArrayElements, Column, type RingElements } from './elements.js';

// Arrays and rings as an author sees them. Those of records carry one column per field besides.

export class ValueArray<V> extends Column<V> {
  readonly #elements: ArrayElements;

  constructor(elements: ArrayElements, codec: Codec<V>) {
    super(elements, codec, 0);
    this.#elements = elements;
  }

  get length(): number {
    return this.#elements.length;
  }
}

export class RecordArray {
  readonly #elements: ArrayElements;

  constructor(elements: ArrayElements) {
    this.#elements = elements;
  }

  get length(): number {
    return this.#elements.length;
  }
}

export class ValueRing<V> extends Column<V> {
  readonly #elements: RingElements;
  readonly #codec: Codec<V>;

  constructor(elements: RingElements, codec: Codec<V>) {
    super(elements, codec, 0);
    this.#elements = elements;
    this.#codec = codec;
  }

  get length(): number {
    return this.#elements.length;
  }

  get capacity(): number {
    return this.#elements.capacity;
  }

  /**
   * Appends a value; a full ring drops its oldest.
   * @throws RangeError for a value outside the type
   */
  push(value: V): void {
    this.#codec.set(this.#elements.access, this.#elements.nextOffset(), value);
    this.#elements.advance();
  }

  clear(): void {
    this.#elements.clear();
  }
}

export class RecordRing {
  readonly #elements: RingElements;
  readonly #strideBytes: number;

  constructor(elements: RingElements, strideBytes: number) {
    this.#elements = elements;
    this.#strideBytes = strideBytes;
  }

  get length(): number {
    return this.#elements.length;
  }

  get capacity(): number {
    return this.#elements.capacity;
  }

  /**
   * Appends a record of zeros; a full ring drops its oldest.
   * @returns the new record's index, for the columns
   */
  push(): number {
    this.#elements.access.zero(this.#elements.nextOffset(), this.#strideBytes);
    this.#elements.advance();
    return this.#elements.length - 1;
  }

  clear(): void {
    this.#elements.clear();
  }
}
