import { putVarint } from './varint.js';

/** Writes fields one after another. The caller knows that they fit: every frame has a bound (FRAME_BYTES_MAX). */
export class ByteWriter {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u32(value: number): void {
    const bytes = this.bytes;
    const at = this.at;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.at = at + 4;
  }

  varint(value: number): void {
    this.at = putVarint(this.bytes, this.at, value);
  }

  copyFrom(source: Uint8Array, from: number, count: number): void {
    const to = this.at;
    for (let index = 0; index < count; index++) this.bytes[to + index] = source[from + index]!;
    this.at = to + count;
  }
}
