import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import {
  AGENT_NAME_BYTES_MAX,
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROL_FLAGS_KNOWN,
  ENROL_QUERY,
  ENROLLED_CODE_MAX,
  ENROLLED_FLAGS_KNOWN,
  ENROLLED_HAS_SETTINGS,
  ENROLLED_MORE,
  ENROLLED_REFUSED,
  FINGERPRINT_BYTES,
  ID_BYTES,
  LINK_NAME_CHARS_MAX,
  STATE_BYTES_MAX,
} from './constants.js';
import { LINK_MQTT, LINK_SERIAL, SETTINGS_BYTES_MAX, SETTINGS_FAULT_MAX, SETTINGS_OK } from './settings.js';
import { isLinkNameBytes, isZero } from './text-rules.js';

/**
 * ENROL, to a board on its serial line, session 0: asks who it is (QUERY), or carries a piece of its settings.
 *
 *     nonce u32 . flags u8 . [without QUERY: total varint . offset varint . chunk (1 to 64)]
 *
 * The piece that ends at `total` has COMMIT, and no other.
 */
export class EnrolFrame {
  /** Chosen for a query, or for all pieces of one attempt; the answer repeats it. */
  nonce = 0;
  flags = 0;
  totalBytes = 0;
  offset = 0;
  chunkAt = 0;
  chunkBytes = 0;

  get isQuery(): boolean {
    return (this.flags & ENROL_QUERY) !== 0;
  }

  read(reader: ByteReader): boolean {
    this.nonce = reader.u32();
    this.flags = reader.u8();
    const query = this.isQuery;
    this.totalBytes = query ? 0 : reader.varint(SETTINGS_BYTES_MAX);
    this.offset = query ? 0 : reader.varint(SETTINGS_BYTES_MAX);
    this.chunkBytes = query ? 0 : reader.left;
    this.chunkAt = reader.advance(this.chunkBytes);
    if (!reader.finished) return false;
    return query ? this.flags === ENROL_QUERY : this.#isPiece();
  }

  #isPiece(): boolean {
    const end = this.offset + this.chunkBytes;
    const commit = (this.flags & ENROL_COMMIT) !== 0;
    if ((this.flags & ~ENROL_FLAGS_KNOWN) !== 0 || this.chunkBytes < 1 || this.chunkBytes > ENROL_CHUNK_BYTES_MAX) return false;
    return end <= this.totalBytes && commit === (end === this.totalBytes);
  }
}

/**
 * ENROLLED, from a board on its serial line, session 0: the answer to every ENROL.
 *
 *     nonce u32 . code u8 . flags u8 . fault u8 . field u8 . nextOffset varint . boardId 16 . agentId 16 . link u8
 *     link name length u8 . link name . agent name length u8 . agent name (UTF-8) . fingerprint 8 . stateBytes varint
 *
 * Ids, link and link name are those that the board has now; all 0 and empty without HAS_SETTINGS. There is never a password in it.
 */
export class EnrolledMessage {
  nonce = 0;
  code = 0;
  flags = 0;
  /** With REFUSED: what is wrong, SETTINGS_*, and in which field, SETTING_* (0: the whole). Else 0. */
  fault = 0;
  field = 0;
  /** With MORE: where the next piece begins. Else 0. */
  nextOffset = 0;
  readonly boardId = new Uint8Array(ID_BYTES);
  readonly agentId = new Uint8Array(ID_BYTES);
  link = 0;
  linkNameBytes = 0;
  readonly linkName = new Uint8Array(LINK_NAME_CHARS_MAX);
  agentNameBytes = 0;
  readonly agentName = new Uint8Array(AGENT_NAME_BYTES_MAX);
  readonly fingerprint = new Uint8Array(FINGERPRINT_BYTES);
  stateBytes = 0;

  get hasSettings(): boolean {
    return (this.flags & ENROLLED_HAS_SETTINGS) !== 0;
  }

  write(writer: ByteWriter): void {
    writer.u32(this.nonce);
    writer.u8(this.code);
    writer.u8(this.flags);
    writer.u8(this.fault);
    writer.u8(this.field);
    writer.varint(this.nextOffset);
    writer.copyFrom(this.boardId, 0, ID_BYTES);
    writer.copyFrom(this.agentId, 0, ID_BYTES);
    writer.u8(this.link);
    writer.u8(this.linkNameBytes);
    writer.copyFrom(this.linkName, 0, this.linkNameBytes);
    writer.u8(this.agentNameBytes);
    writer.copyFrom(this.agentName, 0, this.agentNameBytes);
    writer.copyFrom(this.fingerprint, 0, FINGERPRINT_BYTES);
    writer.varint(this.stateBytes);
  }

  /** False: not an answer; then the fields mean nothing. */
  read(reader: ByteReader): boolean {
    this.nonce = reader.u32();
    this.code = reader.u8();
    this.flags = reader.u8();
    this.fault = reader.u8();
    this.field = reader.u8();
    this.nextOffset = reader.varint(SETTINGS_BYTES_MAX);
    reader.copyTo(this.boardId, 0, ID_BYTES);
    reader.copyTo(this.agentId, 0, ID_BYTES);
    this.link = reader.u8();
    this.linkNameBytes = reader.u8();
    if (this.linkNameBytes > LINK_NAME_CHARS_MAX) return false;
    reader.copyTo(this.linkName, 0, this.linkNameBytes);
    this.agentNameBytes = reader.u8();
    if (this.agentNameBytes > AGENT_NAME_BYTES_MAX) return false;
    reader.copyTo(this.agentName, 0, this.agentNameBytes);
    reader.copyTo(this.fingerprint, 0, FINGERPRINT_BYTES);
    this.stateBytes = reader.varint(STATE_BYTES_MAX);
    return reader.finished && this.#isCoherent() && this.#isWhole();
  }

  #isCoherent(): boolean {
    if (this.code === 0 || this.code > ENROLLED_CODE_MAX || (this.flags & ~ENROLLED_FLAGS_KNOWN) !== 0 || this.stateBytes === 0)
      return false;
    if (this.code !== ENROLLED_MORE && this.nextOffset > 0) return false;
    if (this.code !== ENROLLED_REFUSED) return this.fault === SETTINGS_OK && this.field === 0;
    // A field that the board does not know is named too, whatever its number.
    return this.fault > SETTINGS_OK && this.fault <= SETTINGS_FAULT_MAX;
  }

  #isWhole(): boolean {
    const { boardId, agentId, linkName, linkNameBytes, link } = this;
    if (this.hasSettings)
      return (
        !isZero(boardId, 0, ID_BYTES) &&
        (link === LINK_SERIAL || link === LINK_MQTT) &&
        linkNameBytes > 0 &&
        isLinkNameBytes(linkName, 0, linkNameBytes)
      );
    return isZero(boardId, 0, ID_BYTES) && isZero(agentId, 0, ID_BYTES) && link === 0 && linkNameBytes === 0;
  }
}
