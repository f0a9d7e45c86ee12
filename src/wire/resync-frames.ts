import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { HASHES_PER_FRAME, STATE_BYTES_MAX } from './constants.js';

const PAGES_MAX = STATE_BYTES_MAX / 256;

/**
 * HASHES, board to host: round u8 . firstPage varint . hashes u32 (1 to 64, of consecutive pages).
 * `round` counts the questions of a session modulo 256; the answer repeats it, so that a late answer to an older one is told apart.
 */
export class HashesFrame {
  round = 0;
  firstPage = 0;
  count = 0;
  /** Where the hashes begin in the frame; u32 each. */
  hashesAt = 0;

  read(reader: ByteReader): boolean {
    this.round = reader.u8();
    this.firstPage = reader.varint(PAGES_MAX);
    this.count = reader.left >>> 2;
    const whole = (reader.left & 3) === 0;
    this.hashesAt = reader.advance(reader.left);
    return reader.finished && whole && this.count >= 1 && this.count <= HASHES_PER_FRAME;
  }
}

/** DIFFS, host to board: round u8 . firstPage varint . count varint . bitmap: bit n of it is set when page firstPage + n differs; unused bits are 0. */
export class DiffsMessage {
  round = 0;
  firstPage = 0;
  count = 0;
  readonly bitmap = new Uint8Array(HASHES_PER_FRAME / 8);

  differs(index: number): boolean {
    return (this.bitmap[index >>> 3]! & (1 << (index & 7))) !== 0;
  }

  mark(index: number): void {
    this.bitmap[index >>> 3]! |= 1 << (index & 7);
  }

  write(writer: ByteWriter): void {
    writer.u8(this.round);
    writer.varint(this.firstPage);
    writer.varint(this.count);
    writer.copyFrom(this.bitmap, 0, (this.count + 7) >>> 3);
  }

  read(reader: ByteReader): boolean {
    this.round = reader.u8();
    this.firstPage = reader.varint(PAGES_MAX);
    this.count = reader.varint(HASHES_PER_FRAME);
    const bitmapBytes = (this.count + 7) >>> 3;
    reader.copyTo(this.bitmap, 0, bitmapBytes);
    if (!reader.finished || this.count === 0) return false;
    const spare = bitmapBytes * 8 - this.count;
    return this.bitmap[bitmapBytes - 1]! >>> (8 - spare) === 0;
  }
}
