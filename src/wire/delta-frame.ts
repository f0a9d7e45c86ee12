import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import {
  ACK_DONE,
  ACK_NO_ROOM,
  ACK_PART,
  FRAME_PAYLOAD_MAX,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  SACK_FRAMES_MAX,
  WINDOW_FRAMES_MAX,
} from './constants.js';

/** Frames of one delta: a whole state of 16 MiB in frames of a few bytes stays below. */
export const DELTA_FRAMES_MAX = 1 << 24;

/**
 * DELTA_ONLY, DELTA_FIRST, DELTA_MIDDLE, DELTA_LAST: a piece of a delta message.
 *
 *     number u8 . [index varint, in MIDDLE and LAST only] . chunk (1 to 256 bytes)
 *
 * `number` counts the deltas of one session and direction modulo 256, an aborted one included.
 */
export class DeltaFrame {
  number = 0;
  index = 0;
  last = false;
  chunkAt = 0;
  chunkBytes = 0;

  read(kind: number, reader: ByteReader): boolean {
    this.number = reader.u8();
    const named = kind === KIND_DELTA_MIDDLE || kind === KIND_DELTA_LAST;
    this.index = named ? reader.varint(DELTA_FRAMES_MAX) : 0;
    this.last = kind === KIND_DELTA_LAST || kind === KIND_DELTA_ONLY;
    this.chunkBytes = reader.left;
    this.chunkAt = reader.advance(reader.left);
    return reader.finished && this.chunkBytes >= 1 && this.chunkBytes <= FRAME_PAYLOAD_MAX && (!named || this.index > 0);
  }
}

/** DELTA_ASK, both ways: number u8. The receiver says again what it has of this delta: cheaper than a large frame that may be there. */
export function readDeltaAsk(reader: ByteReader): number {
  const number = reader.u8();
  return reader.finished ? number : -1;
}

/**
 * DELTA_ACK: what the receiver of a delta has of it.
 *
 *     number u8 . state u8 . credit u8 .  DONE: sequence varint | PART: frames in order varint . bitmap (0 to 8 bytes) | others: nothing
 *
 * DONE: verified and, on the host, durable. PART: so many frames in order, and behind the first missing one those whose bit is set.
 * MISMATCH: complete, but not what its check says. NO_ROOM: dropped, no room for its pages; send it again when there is credit.
 * `credit`: frames of the delta that may be on their way beyond the ones in order.
 */
export class DeltaAckMessage {
  number = 0;
  state = 0;
  credit = 0;
  sequence = 0;
  framesInOrder = 0;
  bitmapBytes = 0;
  readonly bitmap = new Uint8Array(SACK_FRAMES_MAX / 8);

  write(writer: ByteWriter): void {
    writer.u8(this.number);
    writer.u8(this.state);
    writer.u8(this.credit);
    if (this.state === ACK_DONE) writer.varint(this.sequence);
    if (this.state !== ACK_PART) return;
    writer.varint(this.framesInOrder);
    writer.copyFrom(this.bitmap, 0, this.bitmapBytes);
  }

  read(reader: ByteReader): boolean {
    this.number = reader.u8();
    this.state = reader.u8();
    this.credit = reader.u8();
    this.sequence = this.state === ACK_DONE ? reader.varint(Number.MAX_SAFE_INTEGER) : 0;
    this.framesInOrder = 0;
    this.bitmapBytes = 0;
    if (this.state === ACK_PART) {
      this.framesInOrder = reader.varint(DELTA_FRAMES_MAX);
      this.bitmapBytes = reader.left;
      if (this.bitmapBytes > this.bitmap.length) return false;
      reader.copyTo(this.bitmap, 0, this.bitmapBytes);
    }
    return reader.finished && this.state >= ACK_DONE && this.state <= ACK_NO_ROOM && this.credit <= WINDOW_FRAMES_MAX;
  }
}
