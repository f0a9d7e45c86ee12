import type { Codec } from './codec.js';
import { ABSENT, type MapTable, UNFIT } from './map-table.js';

// Maps as an author sees them. Indices 0 to length - 1 go over the entries; a removal moves the last entry to the removed one's
// index, so a loop that removes runs backwards.

export class StateMap<K> {
  readonly #table: MapTable<K>;

  constructor(table: MapTable<K>) {
    this.#table = table;
  }

  get length(): number {
    return this.#table.length;
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  has(key: K): boolean {
    return this.#table.find(key) >= 0;
  }

  /** @returns whether the key was there */
  delete(key: K): boolean {
    return this.#table.delete(key);
  }

  /** @throws RangeError for an index outside the entries */
  keyAt(index: number): K {
    return this.#table.keyAt(index);
  }

  clear(): void {
    this.#table.clear();
  }
}

export class ValueMap<K, V> extends StateMap<K> {
  readonly #table: MapTable<K>;
  readonly #codec: Codec<V>;
  readonly #valueOffset: number;

  constructor(table: MapTable<K>, codec: Codec<V>, valueOffset: number) {
    super(table);
    this.#table = table;
    this.#codec = codec;
    this.#valueOffset = valueOffset;
  }

  get(key: K): V | undefined {
    const entry = this.#table.find(key);
    return entry < 0 ? undefined : this.valueAt(entry);
  }

  /**
   * @returns false if the map is full and has no such key
   * @throws RangeError for a key or a value that its type cannot hold
   */
  set(key: K, value: V): boolean {
    const table = this.#table;
    const entry = table.find(key);
    if (entry === UNFIT) table.refuseKey(key);
    if (entry < 0 && table.length >= table.capacity) return false;
    const entryOffset = entry < 0 ? table.freeEntryOffset() : table.offsetOf(entry);
    this.#codec.set(table.access, entryOffset + this.#valueOffset, value);
    if (entry < 0) table.insert(key);
    return true;
  }

  /** @throws RangeError for an index outside the entries */
  valueAt(index: number): V {
    return this.#codec.get(this.#table.access, this.#table.offsetOf(index) + this.#valueOffset);
  }
}

/** A map of records: find() or add() gives the index for the columns, `state.devices.seenMs.set(i, now)`. */
export class RecordMap<K> extends StateMap<K> {
  readonly #table: MapTable<K>;
  readonly #valueOffset: number;
  readonly #valueBytes: number;

  constructor(table: MapTable<K>, valueOffset: number, valueBytes: number) {
    super(table);
    this.#table = table;
    this.#valueOffset = valueOffset;
    this.#valueBytes = valueBytes;
  }

  /** The index of a key's record, or -1. */
  find(key: K): number {
    return Math.max(this.#table.find(key), ABSENT);
  }

  /**
   * The index of a key's record; a new record is all zeros.
   * @returns -1 if the map is full and has no such key
   * @throws RangeError for a key that its type cannot hold
   */
  add(key: K): number {
    const table = this.#table;
    const entry = table.find(key);
    if (entry === UNFIT) table.refuseKey(key);
    if (entry >= 0 || table.length >= table.capacity) return entry;
    table.access.zero(table.freeEntryOffset() + this.#valueOffset, this.#valueBytes);
    return table.insert(key);
  }
}
