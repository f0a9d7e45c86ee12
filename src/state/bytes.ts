import type { Access } from './access.js';
import type { Elements } from './elements.js';
import { refuseIndex } from './refuse.js';

/** Bytes in place: the length in use, then the bytes. What lies behind the length in use is left as it was. */
export class BytesCodec {
  readonly path: string;
  readonly capacityBytes: number;
  readonly prefixBytes: number;

  constructor(path: string, capacityBytes: number) {
    this.path = path;
    this.capacityBytes = capacityBytes;
    this.prefixBytes = capacityBytes > 0xff ? 2 : 1;
  }

  length(access: Access, offset: number): number {
    const count = access.getIndex(offset, this.prefixBytes);
    return count > this.capacityBytes ? this.capacityBytes : count;
  }

  read(access: Access, offset: number, target: Uint8Array, at: number): number {
    const count = this.length(access, offset);
    if (!Number.isInteger(at) || at < 0 || at + count > target.length) {
      throw new RangeError(`${this.path}: ${count} bytes do not fit into the target of ${target.length} at ${at}`);
    }
    access.memory.read(offset + this.prefixBytes, target, at, count);
    return count;
  }

  write(access: Access, offset: number, source: Uint8Array, from: number, count: number): void {
    if (!(Number.isInteger(from) && Number.isInteger(count) && from >= 0 && count >= 0 && from + count <= source.length)) {
      throw new RangeError(`${this.path}: ${count} bytes from ${from} on are outside the source of ${source.length}`);
    }
    if (count > this.capacityBytes) throw new RangeError(`${this.path}: ${count} bytes are more than ${this.capacityBytes}`);
    access.setIndex(offset, this.prefixBytes, count);
    access.memory.write(offset + this.prefixBytes, source, from, count);
  }

  byteOffset(access: Access, offset: number, index: number): number {
    const length = this.length(access, offset);
    if (index >>> 0 !== index || index >= length) refuseIndex(this.path, index, length);
    return offset + this.prefixBytes + index;
  }
}

/** A byte string of the state: `state.image.write(bytes)`, `state.image.read(target)`. */
export class BytesField {
  readonly #access: Access;
  readonly #codec: BytesCodec;
  readonly #offset: number;

  constructor(access: Access, codec: BytesCodec, offset: number) {
    this.#access = access;
    this.#codec = codec;
    this.#offset = offset;
  }

  /** Bytes in use. */
  get length(): number {
    return this.#codec.length(this.#access, this.#offset);
  }

  get capacity(): number {
    return this.#codec.capacityBytes;
  }

  /**
   * Copies the bytes in use to `target` from `at` on.
   * @returns their count
   * @throws RangeError if they do not fit
   */
  read(target: Uint8Array, at = 0): number {
    return this.#codec.read(this.#access, this.#offset, target, at);
  }

  /**
   * Replaces the content.
   * @throws RangeError if `count` is more than the capacity or the source
   */
  write(source: Uint8Array, from = 0, count = source.length - from): void {
    this.#codec.write(this.#access, this.#offset, source, from, count);
  }

  /** @throws RangeError for an index outside the bytes in use */
  get(index: number): number {
    return this.#access.memory.getU8(this.#codec.byteOffset(this.#access, this.#offset, index));
  }

  /** @throws RangeError for an index outside the bytes in use or a value that is no byte */
  set(index: number, value: number): void {
    const offset = this.#codec.byteOffset(this.#access, this.#offset, index);
    if (value !== (value & 0xff)) throw new RangeError(`${this.#codec.path}: ${value} is not a byte (0 to 255)`);
    this.#access.memory.setU8(offset, value);
  }
}

/** The byte strings of one field of all elements: `state.keys.secret.read(i, target)`. */
export class BytesColumn {
  readonly #elements: Elements;
  readonly #codec: BytesCodec;
  readonly #fieldOffset: number;

  constructor(elements: Elements, codec: BytesCodec, fieldOffset: number) {
    this.#elements = elements;
    this.#codec = codec;
    this.#fieldOffset = fieldOffset;
  }

  lengthOf(index: number): number {
    return this.#codec.length(this.#elements.access, this.#elements.offsetOf(index) + this.#fieldOffset);
  }

  read(index: number, target: Uint8Array, at = 0): number {
    return this.#codec.read(this.#elements.access, this.#elements.offsetOf(index) + this.#fieldOffset, target, at);
  }

  write(index: number, source: Uint8Array, from = 0, count = source.length - from): void {
    this.#codec.write(this.#elements.access, this.#elements.offsetOf(index) + this.#fieldOffset, source, from, count);
  }
}
