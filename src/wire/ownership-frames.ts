import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

// The frames that move an agent from board to board. Each reads itself whole; a false result leaves nothing to use.

/**
 * ACTIVATE, host to board, in a guest session: epoch varint . sequence varint . digest u32 . used varint.
 * The agent is granted to this board, in `epoch`, from the state that it reported as prepared. `used` is the newest sequence that the
 * agent is known to have used.
 */
export class ActivateMessage {
  epoch = 0;
  sequence = 0;
  digest = 0;
  usedSequence = 0;

  write(writer: ByteWriter): void {
    writer.varint(this.epoch);
    writer.varint(this.sequence);
    writer.u32(this.digest);
    writer.varint(this.usedSequence);
  }

  read(reader: ByteReader): boolean {
    this.epoch = reader.varint(Number.MAX_SAFE_INTEGER);
    this.sequence = reader.varint(Number.MAX_SAFE_INTEGER);
    this.digest = reader.u32();
    this.usedSequence = reader.varint(Number.MAX_SAFE_INTEGER);
    return reader.finished && this.epoch > 0 && this.sequence > 0 && this.usedSequence >= this.sequence;
  }
}

/**
 * FREEZE, host to board: nonce u32. FROZEN, board to host: nonce u32 . sequence varint . digest u32: the board stands still, and the
 * host holds all that it committed: this commit, of a state with this digest.
 */
export class FreezeMessage {
  nonce = 0;
  sequence = 0;
  digest = 0;

  writeOrder(writer: ByteWriter): void {
    writer.u32(this.nonce);
  }

  readOrder(reader: ByteReader): boolean {
    this.nonce = reader.u32();
    return reader.finished;
  }

  writeAnswer(writer: ByteWriter): void {
    writer.u32(this.nonce);
    writer.varint(this.sequence);
    writer.u32(this.digest);
  }

  readAnswer(reader: ByteReader): boolean {
    this.nonce = reader.u32();
    this.sequence = reader.varint(Number.MAX_SAFE_INTEGER);
    this.digest = reader.u32();
    return reader.finished;
  }
}

/**
 * THAW and RETIRE, host to board: epoch varint, newer than the board's. THAW: the agent is the board's again, in that epoch. RETIRE: it
 * is another board's. Returns the epoch, 0 for anything else.
 */
export function readOrderEpoch(reader: ByteReader): number {
  const epoch = reader.varint(Number.MAX_SAFE_INTEGER);
  return reader.finished ? epoch : 0;
}
