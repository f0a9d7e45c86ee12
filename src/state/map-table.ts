import type { Access } from './access.js';
import type { Elements } from './elements.js';
import type { MapLayout } from './layout.js';
import type { MapKey } from './map-key.js';
import { refuseIndex } from './refuse.js';

// A hash table inside the state. Entries lie side by side in 0..length-1 (that is the order of iteration); each bucket holds the
// first entry of its chain and each entry the next one, as index + 1, 0 for none. A removal unlinks the entry and moves the last
// entry into the gap: no tombstones, no rehash, and any operation but clear() writes at most one entry and three indices.

export const ABSENT = -1;
export const UNFIT = -2;

export class MapTable<K> implements Elements {
  readonly access: Access;
  readonly #path: string;
  readonly #layout: MapLayout;
  readonly #offset: number;
  readonly #key: MapKey<K>;

  constructor(access: Access, path: string, layout: MapLayout, offset: number, key: MapKey<K>) {
    this.access = access;
    this.#path = path;
    this.#layout = layout;
    this.#offset = offset;
    this.#key = key;
  }

  get capacity(): number {
    return this.#layout.capacity;
  }

  get length(): number {
    const length = this.access.getIndex(this.#offset + this.#layout.lengthOffset, this.#layout.indexBytes);
    return length > this.#layout.capacity ? this.#layout.capacity : length;
  }

  offsetOf(index: number): number {
    const length = this.length;
    if (index >>> 0 !== index || index >= length) refuseIndex(this.#path, index, length);
    return this.#entryOffset(index);
  }

  keyAt(index: number): K {
    return this.#key.load(this.offsetOf(index) + this.#layout.keyOffset);
  }

  /** The entry of a key, ABSENT, or UNFIT for a key that its type cannot hold. */
  find(key: K): number {
    const hash = this.#key.prepare(key);
    if (hash < 0) return UNFIT;
    const { keyOffset } = this.#layout;
    const length = this.length;
    let entry = this.#index(this.#bucketOffset(hash)) - 1;
    for (let steps = 0; steps < length && entry >= 0 && entry < length; steps++) {
      if (this.#key.matches(this.#entryOffset(entry) + keyOffset)) return entry;
      entry = this.#index(this.#linkOffset(entry)) - 1;
    }
    return ABSENT;
  }

  /** Where the next entry goes; what is written there is seen only after insert(). */
  freeEntryOffset(): number {
    return this.#entryOffset(this.length);
  }

  refuseKey(key: K): never {
    throw new RangeError(`${this.#path}: the key ${String(key)} does not fit its type`);
  }

  /**
   * Adds a key that is not there yet; the caller has checked that the key fits and that there is room.
   * @returns its entry
   */
  insert(key: K): number {
    const entry = this.length;
    const bucketOffset = this.#bucketOffset(this.#key.prepare(key));
    this.#key.store(this.#entryOffset(entry) + this.#layout.keyOffset);
    this.#setIndex(this.#linkOffset(entry), this.#index(bucketOffset));
    this.#setIndex(bucketOffset, entry + 1);
    this.#setIndex(this.#offset + this.#layout.lengthOffset, entry + 1);
    return entry;
  }

  delete(key: K): boolean {
    const entry = this.find(key);
    if (entry < 0) return false;
    const last = this.length - 1;
    const pointer = this.#pointerTo(entry);
    let lastPointer = this.#pointerTo(last);
    if (lastPointer === this.#linkOffset(entry)) lastPointer = pointer;
    this.#setIndex(pointer, this.#index(this.#linkOffset(entry)));
    if (entry !== last) {
      this.#move(last, entry);
      this.#setIndex(lastPointer, entry + 1);
    }
    this.#setIndex(this.#offset + this.#layout.lengthOffset, last);
    return true;
  }

  clear(): void {
    this.#setIndex(this.#offset + this.#layout.lengthOffset, 0);
    this.access.zero(this.#offset + this.#layout.bucketsOffset, this.#layout.bucketCount * this.#layout.indexBytes);
  }

  /** Offset of the bucket or link that names an entry. */
  #pointerTo(entry: number): number {
    const length = this.length;
    let pointer = this.#bucketOffset(this.#key.hashAt(this.#entryOffset(entry) + this.#layout.keyOffset));
    for (let steps = 0; steps < length; steps++) {
      const named = this.#index(pointer) - 1;
      if (named === entry) return pointer;
      if (named < 0 || named >= length) break;
      pointer = this.#linkOffset(named);
    }
    throw new Error(`${this.#path}: the map's links are damaged`);
  }

  #move(from: number, to: number): void {
    const { memory, scratch } = this.access;
    memory.read(this.#entryOffset(from), scratch, 0, this.#layout.entryBytes);
    memory.write(this.#entryOffset(to), scratch, 0, this.#layout.entryBytes);
  }

  #entryOffset(entry: number): number {
    return this.#offset + entry * this.#layout.entryBytes;
  }

  #linkOffset(entry: number): number {
    return this.#entryOffset(entry) + this.#layout.linkOffset;
  }

  #bucketOffset(hash: number): number {
    return this.#offset + this.#layout.bucketsOffset + (hash & (this.#layout.bucketCount - 1)) * this.#layout.indexBytes;
  }

  #index(offset: number): number {
    return this.access.getIndex(offset, this.#layout.indexBytes);
  }

  #setIndex(offset: number, value: number): void {
    this.access.setIndex(offset, this.#layout.indexBytes, value);
  }
}
