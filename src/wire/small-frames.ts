import type { ByteReader } from './byte-reader.js';
import { ERROR_TEXT_BYTES_MAX, HEARTBEAT_FLAGS_KNOWN, HEARTBEAT_NONCE, MESSAGE_BYTES_MAX, SCHEMA_BYTES_MAX } from './constants.js';

// The frames with few fields. Each reads itself whole; a false result leaves nothing to use. They are written where they are sent.

/** HEARTBEAT, both ways: flags u8 . sequence varint (board: its newest; host: the head) . [with NONCE: nonce u32]. */
export class HeartbeatFrame {
  flags = 0;
  sequence = 0;
  /** Of a question, repeated by its answer. */
  nonce = 0;

  read(reader: ByteReader): boolean {
    this.flags = reader.u8();
    this.sequence = reader.varint(Number.MAX_SAFE_INTEGER);
    this.nonce = (this.flags & HEARTBEAT_NONCE) !== 0 ? reader.u32() : 0;
    return reader.finished && (this.flags & ~HEARTBEAT_FLAGS_KNOWN) === 0;
  }
}

/** SCHEMA_REQUEST, host to board: offset varint. SCHEMA, board to host: total varint . offset varint . chunk. */
export class SchemaFrame {
  totalBytes = 0;
  offset = 0;
  chunkAt = 0;
  chunkBytes = 0;

  readRequest(reader: ByteReader): boolean {
    this.offset = reader.varint(SCHEMA_BYTES_MAX);
    return reader.finished;
  }

  read(reader: ByteReader): boolean {
    this.totalBytes = reader.varint(SCHEMA_BYTES_MAX);
    this.offset = reader.varint(SCHEMA_BYTES_MAX);
    this.chunkBytes = reader.left;
    this.chunkAt = reader.advance(reader.left);
    return reader.finished && this.chunkBytes >= 1 && this.offset + this.chunkBytes <= this.totalBytes;
  }
}

/** OUTPUT, board to host: sequence varint . index varint . bytes. INPUT, host to board: number varint . previous varint . bytes. */
export class MessageFrame {
  /** Of an output: the commit that it belongs to. Of an input: its number, 1 and up. */
  number = 0;
  /** Of an output: which one of that commit. */
  index = 0;
  /** Of an input: the number of the one before it in the queue, 0 if there is none. Numbers grow, with gaps. */
  previous = 0;
  bytesAt = 0;
  byteCount = 0;

  readOutput(reader: ByteReader): boolean {
    this.number = reader.varint(Number.MAX_SAFE_INTEGER);
    this.index = reader.varint(0xffff);
    return this.#rest(reader);
  }

  readInput(reader: ByteReader): boolean {
    this.number = reader.varint(Number.MAX_SAFE_INTEGER);
    this.previous = reader.varint(Number.MAX_SAFE_INTEGER);
    return this.#rest(reader) && this.previous < this.number;
  }

  #rest(reader: ByteReader): boolean {
    this.byteCount = reader.left;
    this.bytesAt = reader.advance(reader.left);
    return reader.finished && this.byteCount <= MESSAGE_BYTES_MAX;
  }
}

/** ERROR, both ways: code u8 . text (UTF-8, at most 128 bytes). A report for people; it changes nothing. */
export class ErrorFrame {
  code = 0;
  textAt = 0;
  textBytes = 0;

  read(reader: ByteReader): boolean {
    this.code = reader.u8();
    this.textBytes = reader.left;
    this.textAt = reader.advance(reader.left);
    return reader.finished && this.code > 0 && this.textBytes <= ERROR_TEXT_BYTES_MAX;
  }
}
