import { runLengthDecode, runLengthEncode } from './run-length.js';

/** The page size that the origin is built with. */
export const ORIGIN_PAGE_BYTES = 4096;

const AGENT_ID_BYTES = 16;
const HEADER_LIMIT_BYTES = AGENT_ID_BYTES + 9 * 5 + 5;
const PAGE_HEADER_LIMIT_BYTES = 5 + 9 + 1;

/**
 * The scheme that Godwit starts from, as the yardstick of its bytes and its work: a full copy of the last state, compared
 * page by page; changed pages sent whole, run-length coded where that is shorter; a weighted sum over the whole state.
 * A message is, with variable-length integers: agent id (16 bytes), sequence, base sequence, page count, per page (index,
 * length, bytes, u8 compressed), total size, time (s), checksum.
 */
export class OriginScheme {
  readonly #lastState: Uint8Array;
  readonly #pageBytes: number;
  readonly #compressed: Uint8Array;
  /** Holds the message that `createDelta` made last. */
  readonly message: Uint8Array;
  #at = 0;
  #sequence = 1;

  constructor(initial: Uint8Array, pageBytes = ORIGIN_PAGE_BYTES) {
    this.#lastState = initial.slice();
    this.#pageBytes = pageBytes;
    this.#compressed = new Uint8Array(pageBytes);
    const pageCount = Math.ceil(initial.length / pageBytes);
    this.message = new Uint8Array(HEADER_LIMIT_BYTES + pageCount * (PAGE_HEADER_LIMIT_BYTES + pageBytes));
  }

  /** Compares `state` with the last one, writes the message, and keeps a copy of `state`. Returns the message's length in bytes. */
  createDelta(state: Uint8Array, timeSeconds: number): number {
    this.#at = 0;
    this.message.fill(0, 0, AGENT_ID_BYTES);
    this.#at = AGENT_ID_BYTES;
    this.#integer(this.#sequence + 1);
    this.#integer(this.#sequence++);
    this.#integer(this.#countDirtyPages(state));
    for (let start = 0; start < state.length; start += this.#pageBytes) {
      if (this.#differs(state, start)) this.#page(state, start);
    }
    this.#integer(state.length);
    this.#integer(timeSeconds);
    this.#integer(weightedSum(state));
    this.#lastState.set(state);
    return this.#at;
  }

  #countDirtyPages(state: Uint8Array): number {
    let count = 0;
    for (let start = 0; start < state.length; start += this.#pageBytes) if (this.#differs(state, start)) count++;
    return count;
  }

  #differs(state: Uint8Array, start: number): boolean {
    const end = Math.min(start + this.#pageBytes, state.length);
    for (let i = start; i < end; i++) if (state[i] !== this.#lastState[i]) return true;
    return false;
  }

  #page(state: Uint8Array, start: number): void {
    const end = Math.min(start + this.#pageBytes, state.length);
    const compressedBytes = runLengthEncode(state, start, end, this.#compressed, 0);
    const isShorter = compressedBytes >= 0 && compressedBytes < end - start;
    this.#integer(start / this.#pageBytes);
    this.#integer(isShorter ? compressedBytes : end - start);
    if (isShorter) this.#copy(this.#compressed, 0, compressedBytes);
    else this.#copy(state, start, end);
    this.message[this.#at++] = isShorter ? 1 : 0;
  }

  #copy(source: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.message[this.#at++] = source[i]!;
  }

  /** bincode's variable-length integer: one byte to 250, else 251 + u16, 252 + u32, 253 + u64, little-endian. */
  #integer(value: number): void {
    const sizeBytes = value <= 250 ? 0 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
    if (sizeBytes === 0) {
      this.message[this.#at++] = value;
      return;
    }
    this.message[this.#at++] = sizeBytes === 2 ? 251 : sizeBytes === 4 ? 252 : 253;
    let rest = value;
    for (let i = 0; i < sizeBytes; i++) {
      this.message[this.#at++] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
}

/** The origin's checksum: the sum of (index + 1) x byte, modulo 2^32. */
export function weightedSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum = (sum + Math.imul(bytes[i]!, i + 1)) >>> 0;
  return sum;
}

/** Applies a message of `OriginScheme` to `state`; throws at the first thing that does not fit. */
export function applyOriginMessage(message: Uint8Array, lengthBytes: number, state: Uint8Array, pageBytes = ORIGIN_PAGE_BYTES): void {
  let at = AGENT_ID_BYTES;
  const integer = (): number => {
    const first = message[at++]!;
    const sizeBytes = first <= 250 ? 0 : first === 251 ? 2 : first === 252 ? 4 : 8;
    if (sizeBytes === 0) return first;
    let value = 0;
    for (let i = sizeBytes - 1; i >= 0; i--) value = value * 256 + message[at + i]!;
    at += sizeBytes;
    return value;
  };
  integer();
  integer();
  for (let pages = integer(); pages > 0; pages--) {
    const start = integer() * pageBytes;
    const dataBytes = integer();
    const isCompressed = message[at + dataBytes] === 1;
    const end = isCompressed ? runLengthDecode(message, at, at + dataBytes, state, start) : start + dataBytes;
    if (end < 0 || end > Math.min(start + pageBytes, state.length)) throw new Error(`origin: page at ${start} does not fit`);
    if (!isCompressed) state.set(message.subarray(at, at + dataBytes), start);
    at += dataBytes + 1;
  }
  if (integer() !== state.length) throw new Error('origin: total size differs');
  integer();
  if (integer() !== weightedSum(state)) throw new Error('origin: checksum differs');
  if (at !== lengthBytes) throw new Error('origin: bytes left over');
}
