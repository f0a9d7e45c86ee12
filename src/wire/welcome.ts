import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { ACTION_MAX, ACTION_PREPARE, ID_BYTES, REFUSED_MAX, WELCOME_FLAGS_KNOWN, WINDOW_FRAMES_MAX } from './constants.js';
import { isZero } from './text-rules.js';

/**
 * WELCOME, host to board, session 0: the answer to a hello, the same for every repetition of it.
 *
 *     helloNonce u32 . action u8 . flags u8 . session varint . epoch varint . head: sequence varint . digest u32
 *     used sequence varint . windowFrames u8 . codecs u8 . [PREPARE: agentId 16]
 */
export class WelcomeMessage {
  helloNonce = 0;
  action = 0;
  flags = 0;
  session = 0;
  epoch = 0;
  headSequence = 0;
  headDigest = 0;
  /** The newest sequence that the agent is known to have used: a board that lost its RAM goes on above it. */
  usedSequence = 0;
  /** Frames of the first delta that may leave before an acknowledgement gives credit. */
  windowFrames = 0;
  codecs = 1;
  /** Of PREPARE only. */
  readonly agentId = new Uint8Array(ID_BYTES);

  write(writer: ByteWriter): void {
    writer.u32(this.helloNonce);
    writer.u8(this.action);
    writer.u8(this.flags);
    writer.varint(this.session);
    writer.varint(this.epoch);
    writer.varint(this.headSequence);
    writer.u32(this.headDigest);
    writer.varint(this.usedSequence);
    writer.u8(this.windowFrames);
    writer.u8(this.codecs);
    if (this.action === ACTION_PREPARE) writer.copyFrom(this.agentId, 0, ID_BYTES);
  }

  read(reader: ByteReader): boolean {
    this.helloNonce = reader.u32();
    this.action = reader.u8();
    this.flags = reader.u8();
    this.session = reader.varint(Number.MAX_SAFE_INTEGER);
    this.epoch = reader.varint(Number.MAX_SAFE_INTEGER);
    this.headSequence = reader.varint(Number.MAX_SAFE_INTEGER);
    this.headDigest = reader.u32();
    this.usedSequence = reader.varint(Number.MAX_SAFE_INTEGER);
    this.windowFrames = reader.u8();
    this.codecs = reader.u8();
    const isGuest = this.action === ACTION_PREPARE;
    if (isGuest) reader.copyTo(this.agentId, 0, ID_BYTES);
    if (!reader.finished || this.action === 0 || this.action > ACTION_MAX || (this.flags & ~WELCOME_FLAGS_KNOWN) !== 0) return false;
    if (this.usedSequence < this.headSequence) return false;
    if (isGuest && (this.headSequence === 0 || this.flags !== 0 || isZero(this.agentId, 0, ID_BYTES))) return false;
    return this.session > 0 && this.epoch > 0 && this.windowFrames <= WINDOW_FRAMES_MAX && (this.codecs & 1) === 1;
  }
}

/** REFUSED, host to board, session 0: helloNonce u32 . reason u8 . retryAfterMs varint (0: do not come back by yourself). */
export class RefusedMessage {
  helloNonce = 0;
  reason = 0;
  retryAfterMs = 0;

  write(writer: ByteWriter): void {
    writer.u32(this.helloNonce);
    writer.u8(this.reason);
    writer.varint(this.retryAfterMs);
  }

  read(reader: ByteReader): boolean {
    this.helloNonce = reader.u32();
    this.reason = reader.u8();
    this.retryAfterMs = reader.varint(0xffffffff);
    return reader.finished && this.reason > 0 && this.reason <= REFUSED_MAX;
  }
}
