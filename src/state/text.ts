import type { Access } from './access.js';
import type { Codec } from './codec.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** Text in place: its length in bytes, then its UTF-8. What lies behind the length in use is left as it was. */
export class TextCodec implements Codec<string> {
  readonly path: string;
  readonly capacityBytes: number;
  readonly prefixBytes: number;

  constructor(path: string, capacityBytes: number) {
    this.path = path;
    this.capacityBytes = capacityBytes;
    this.prefixBytes = capacityBytes > 0xff ? 2 : 1;
  }

  get(access: Access, offset: number): string {
    const count = this.load(access, offset);
    return decodeUtf8(access.scratch, 0, count);
  }

  set(access: Access, offset: number, value: string): void {
    const count = this.encode(access, value);
    if (count < 0) throw new RangeError(`${this.path}: the text needs more than ${this.capacityBytes} bytes of UTF-8`);
    this.store(access, offset, count);
  }

  /** Encodes into the scratch; -1 if the text does not fit. */
  encode(access: Access, value: string): number {
    if (typeof value !== 'string') throw new TypeError(`${this.path}: a text is a string, not ${typeof value}`);
    return encodeUtf8(value, access.scratch, 0, this.capacityBytes);
  }

  /** Stores `count` bytes of the scratch. */
  store(access: Access, offset: number, count: number): void {
    access.setIndex(offset, this.prefixBytes, count);
    access.memory.write(offset + this.prefixBytes, access.scratch, 0, count);
  }

  /** Bytes in use; never more than the capacity, whatever the state holds. */
  length(access: Access, offset: number): number {
    const count = access.getIndex(offset, this.prefixBytes);
    return count > this.capacityBytes ? this.capacityBytes : count;
  }

  /** Loads the bytes in use into the scratch. */
  load(access: Access, offset: number): number {
    const count = this.length(access, offset);
    access.memory.read(offset + this.prefixBytes, access.scratch, 0, count);
    return count;
  }
}
