import { VARINT_BYTES_MAX } from './varint.js';

const EMPTY = new Uint8Array(0);

/**
 * Reads fields out of a range of bytes. After the first fault (a field past the end, a varint that is not canonical) `ok` is false and
 * every read gives 0: a caller reads a whole message and looks at `ok` once, before it uses anything. Reused, never allocated per frame.
 */
export class ByteReader {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  ok = true;

  begin(bytes: Uint8Array, at: number, count: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = at + count;
    this.ok = true;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Everything was read, and nothing more. */
  get finished(): boolean {
    return this.ok && this.at === this.end;
  }

  fail(): number {
    this.ok = false;
    this.at = this.end;
    return 0;
  }

  u8(): number {
    return this.at < this.end ? this.bytes[this.at++]! : this.fail();
  }

  u32(): number {
    const at = this.at;
    if (at + 4 > this.end) return this.fail();
    this.at = at + 4;
    const bytes = this.bytes;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** An unsigned varint of at most `max`. */
  varint(max: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= VARINT_BYTES_MAX; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        const canonical = byte !== 0 || count === 1;
        return this.ok && canonical && value <= max ? value : this.fail();
      }
      scale *= 0x80;
    }
    return this.fail();
  }

  /** Passes over `count` bytes and returns the index of the first. */
  advance(count: number): number {
    const at = this.at;
    if (at + count > this.end) return this.fail();
    this.at = at + count;
    return at;
  }

  copyTo(target: Uint8Array, targetAt: number, count: number): void {
    const from = this.advance(count);
    if (!this.ok) return;
    for (let index = 0; index < count; index++) target[targetAt + index] = this.bytes[from + index]!;
  }
}
