import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import {
  AGENT_NAME_BYTES_MAX,
  EPOCH_MAX,
  FEATURE_LEASE,
  FEATURES_KNOWN,
  FINGERPRINT_BYTES,
  HELLO_DIVERGED,
  HELLO_FROZEN,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  HELLO_VACANT,
  ID_BYTES,
  LEASE_MS_MAX,
  LEASE_MS_MIN,
  SEQUENCE_MAX,
  STATE_BYTES_MAX,
  WINDOW_FRAMES_MAX,
} from './constants.js';
import { isZero } from './text-rules.js';

/** Bytes of serial hardware FIFO that a board may name. */
export const FIFO_BYTES_MAX = 1 << 20;

/**
 * HELLO, board to host, session 0.
 *
 *     features u8 . flags u8 . boardId 16 . agentId 16 . bootNonce u32 . helloNonce u32 . name length u8 . name (UTF-8)
 *     sizeBytes varint . fingerprint 8 . epoch varint . sequence varint . acknowledged: sequence varint . digest u32
 *     [undecided: sequence varint . digest u32]  fifoBytes varint . windowFrames u8 . codecs u8
 *     [with FEATURE_LEASE: leaseMs varint]
 */
export class HelloMessage {
  flags = 0;
  readonly boardId = new Uint8Array(ID_BYTES);
  readonly agentId = new Uint8Array(ID_BYTES);
  /** Chosen anew at every boot: tells a reboot or a clone from a repeated hello. */
  bootNonce = 0;
  /** Chosen anew for every series of hellos; the answer repeats it. */
  helloNonce = 0;
  nameBytes = 0;
  readonly name = new Uint8Array(AGENT_NAME_BYTES_MAX);
  sizeBytes = 0;
  readonly fingerprint = new Uint8Array(FINGERPRINT_BYTES);
  /** Of the pages held; 0 for a board without any. */
  epoch = 0;
  /** The newest sequence this board has used. */
  sequence = 0;
  acknowledgedSequence = 0;
  acknowledgedDigest = 0;
  undecidedSequence = 0;
  undecidedDigest = 0;
  fifoBytes = 0;
  windowFrames = 0;
  /** Bit n: the board can decode codec n. */
  codecs = 1;
  /** How long the board may run without an answer of its host; 0: as long as it likes. */
  leaseMs = 0;

  copyFrom(other: HelloMessage): void {
    this.flags = other.flags;
    this.boardId.set(other.boardId);
    this.agentId.set(other.agentId);
    this.bootNonce = other.bootNonce;
    this.helloNonce = other.helloNonce;
    this.nameBytes = other.nameBytes;
    this.name.set(other.name);
    this.sizeBytes = other.sizeBytes;
    this.fingerprint.set(other.fingerprint);
    this.epoch = other.epoch;
    this.sequence = other.sequence;
    this.acknowledgedSequence = other.acknowledgedSequence;
    this.acknowledgedDigest = other.acknowledgedDigest;
    this.undecidedSequence = other.undecidedSequence;
    this.undecidedDigest = other.undecidedDigest;
    this.fifoBytes = other.fifoBytes;
    this.windowFrames = other.windowFrames;
    this.codecs = other.codecs;
    this.leaseMs = other.leaseMs;
  }

  write(writer: ByteWriter): void {
    writer.u8(this.leaseMs > 0 ? FEATURE_LEASE : 0);
    writer.u8(this.flags);
    writer.copyFrom(this.boardId, 0, ID_BYTES);
    writer.copyFrom(this.agentId, 0, ID_BYTES);
    writer.u32(this.bootNonce);
    writer.u32(this.helloNonce);
    writer.u8(this.nameBytes);
    writer.copyFrom(this.name, 0, this.nameBytes);
    writer.varint(this.sizeBytes);
    writer.copyFrom(this.fingerprint, 0, FINGERPRINT_BYTES);
    writer.varint(this.epoch);
    writer.varint(this.sequence);
    writer.varint(this.acknowledgedSequence);
    writer.u32(this.acknowledgedDigest);
    if (this.flags & HELLO_UNDECIDED) {
      writer.varint(this.undecidedSequence);
      writer.u32(this.undecidedDigest);
    }
    writer.varint(this.fifoBytes);
    writer.u8(this.windowFrames);
    writer.u8(this.codecs);
    if (this.leaseMs > 0) writer.varint(this.leaseMs);
  }

  /** False: not a hello; then the fields mean nothing. */
  read(reader: ByteReader): boolean {
    const features = reader.u8();
    this.flags = reader.u8();
    reader.copyTo(this.boardId, 0, ID_BYTES);
    reader.copyTo(this.agentId, 0, ID_BYTES);
    this.bootNonce = reader.u32();
    this.helloNonce = reader.u32();
    this.nameBytes = reader.u8();
    if (this.nameBytes > AGENT_NAME_BYTES_MAX) return false;
    reader.copyTo(this.name, 0, this.nameBytes);
    this.sizeBytes = reader.varint(STATE_BYTES_MAX);
    reader.copyTo(this.fingerprint, 0, FINGERPRINT_BYTES);
    this.epoch = reader.varint(EPOCH_MAX);
    this.sequence = reader.varint(SEQUENCE_MAX);
    this.acknowledgedSequence = reader.varint(SEQUENCE_MAX);
    this.acknowledgedDigest = reader.u32();
    const undecided = (this.flags & HELLO_UNDECIDED) !== 0;
    this.undecidedSequence = undecided ? reader.varint(SEQUENCE_MAX) : 0;
    this.undecidedDigest = undecided ? reader.u32() : 0;
    this.fifoBytes = reader.varint(FIFO_BYTES_MAX);
    this.windowFrames = reader.u8();
    this.codecs = reader.u8();
    const leased = (features & FEATURE_LEASE) !== 0;
    this.leaseMs = leased ? reader.varint(LEASE_MS_MAX) : 0;
    if (!reader.finished || (features & ~FEATURES_KNOWN) !== 0 || (leased && this.leaseMs < LEASE_MS_MIN)) return false;
    return (this.flags & HELLO_VACANT) !== 0 ? this.#isVacant() : this.#isCoherent();
  }

  #isSized(): boolean {
    return this.sizeBytes > 0 && this.windowFrames >= 1 && this.windowFrames <= WINDOW_FRAMES_MAX && (this.codecs & 1) === 1;
  }

  /** A board without an agent has no line: all that it can have is pages of the one that it is being prepared with. */
  #isVacant(): boolean {
    if ((this.flags & (HELLO_HOLDS_PAGES | HELLO_DIVERGED | HELLO_UNDECIDED | HELLO_FROZEN)) !== 0) return false;
    if ((this.flags & HELLO_PARTIAL_PAGES) !== 0 && isZero(this.agentId, 0, ID_BYTES)) return false;
    const hasLine = this.epoch > 0 || this.sequence > 0 || this.acknowledgedSequence > 0 || this.acknowledgedDigest > 0;
    return !hasLine && this.#isSized();
  }

  #isCoherent(): boolean {
    const flags = this.flags;
    if (!this.#isSized() || isZero(this.agentId, 0, ID_BYTES)) return false;
    const holds = (flags & HELLO_HOLDS_PAGES) !== 0;
    if (holds && (flags & HELLO_PARTIAL_PAGES) !== 0) return false;
    if (!holds && (flags & HELLO_FROZEN) !== 0) return false;
    // Only a board that went on alone can hold pages that no host ever granted an epoch for.
    if (holds && this.epoch === 0 && (flags & HELLO_DIVERGED) === 0) return false;
    if (!holds && (flags & HELLO_UNDECIDED) !== 0) return false;
    if (this.acknowledgedSequence > this.sequence || this.undecidedSequence > this.sequence) return false;
    return (flags & HELLO_UNDECIDED) === 0 || this.undecidedSequence > this.acknowledgedSequence;
  }
}
