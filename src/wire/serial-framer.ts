import { cobsDecode, cobsEncode } from './cobs.js';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN, KIND_ENROL, KIND_HELLO, KIND_REFUSED, SERIAL_BYTES_MAX } from './constants.js';
import { kindOf } from './frame.js';

/**
 * Writes bytes[at .. at + count), a frame, for a serial line: COBS and a closing 0x00. HELLO, WELCOME and REFUSED also begin with a 0x00:
 * they are what follows a boot message or noise, which would otherwise swallow them. Needs SERIAL_BYTES_MAX bytes; returns the length.
 */
export function serialEncode(bytes: Uint8Array, at: number, count: number, out: Uint8Array, outAt: number): number {
  const begin = outAt;
  const kind = kindOf(bytes[at]!);
  if ((kind >= KIND_HELLO && kind <= KIND_REFUSED) || kind >= KIND_ENROL) out[outAt++] = 0;
  outAt += cobsEncode(bytes, at, count, out, outAt);
  out[outAt++] = 0;
  return outAt - begin;
}

/**
 * Finds frames in a stream of bytes. What lies between two delimiters and is no frame (noise, boot messages, a torn frame, something
 * longer than any frame) is skipped and counted. The buffer has the size of one frame; nothing in the stream can make it grow.
 *
 *     let used = 0;
 *     while (used < count) { used += framer.feed(bytes, at + used, count - used); if (framer.frameBytes > 0) take(framer.frame, framer.frameBytes); }
 */
export class SerialFramer {
  /** The frame found last, frame[0 .. frameBytes), valid until the next feed. */
  readonly frame = new Uint8Array(SERIAL_BYTES_MAX);
  /** 0: the last feed ended without a frame. */
  frameBytes = 0;
  skippedBytes = 0;
  skippedRuns = 0;
  #held = 0;
  #overlong = false;

  /** Takes bytes up to the end of the next frame, or all of them; returns how many. */
  feed(bytes: Uint8Array, at: number, count: number): number {
    this.frameBytes = 0;
    for (let index = 0; index < count; index++) {
      const byte = bytes[at + index]!;
      if (byte !== 0) this.#keep(byte);
      else if (this.#close()) return index + 1;
    }
    return count;
  }

  /** Forgets a half-received frame: the port was opened anew. */
  reset(): void {
    if (this.#held > 0) this.#skip();
    this.frameBytes = 0;
  }

  #keep(byte: number): void {
    if (this.#held < SERIAL_BYTES_MAX) this.frame[this.#held++] = byte;
    else {
      this.#overlong = true;
      this.skippedBytes++;
    }
  }

  #close(): boolean {
    if (this.#held === 0) return false;
    const length = this.#overlong ? -1 : cobsDecode(this.frame, 0, this.#held, this.frame, 0, FRAME_BYTES_MAX);
    if (length < FRAME_BYTES_MIN) {
      this.#skip();
      return false;
    }
    this.#held = 0;
    this.frameBytes = length;
    return true;
  }

  #skip(): void {
    this.skippedBytes += this.#held;
    this.skippedRuns++;
    this.#held = 0;
    this.#overlong = false;
  }
}
