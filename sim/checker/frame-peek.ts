// What the checker reads off the wire, by the words of SPEC.md and not by the code it judges.

export type Peeked =
  | {
      readonly kind: 'welcome';
      readonly action: number;
      readonly flags: number;
      readonly session: number;
      readonly epoch: number;
      readonly sequence: number;
    }
  | { readonly kind: 'refused'; readonly reason: number }
  | { readonly kind: 'hello'; readonly undecided: boolean; readonly partial: boolean; readonly diverged: boolean }
  | {
      readonly kind: 'delta';
      readonly number: number;
      readonly index: number;
      readonly last: boolean;
      readonly chunkAt: number;
      readonly chunkBytes: number;
    }
  | {
      readonly kind: 'ack';
      readonly number: number;
      readonly state: number;
      readonly credit: number;
      readonly sequence: number;
      readonly framesInOrder: number;
      /** Frames behind a missing one have arrived. */
      readonly hasGap: boolean;
    }
  /** An immediate output: its id, and where its record lies. */
  | { readonly kind: 'output'; readonly sequence: number; readonly index: number; readonly bytesAt: number; readonly byteCount: number }
  | { readonly kind: 'other'; readonly type: number };

export const ACK_DONE = 1;
export const ACK_PART = 2;
export const ACK_MISMATCH = 3;
export const ACK_NO_ROOM = 4;
export const KIND_HASHES = 9;
export const KIND_DIFFS = 10;

const CRC_BYTES = 4;

class Cursor {
  readonly #bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }
  u8(): number {
    return this.#bytes[this.at++]!;
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128 || byte === undefined) return value;
    }
  }
}

/** A frame that its sender has just built. */
export function peekFrame(bytes: Uint8Array, at: number, count: number): Peeked {
  const type = bytes[at]! & 31;
  const cursor = new Cursor(bytes, at + 1);
  switch (type) {
    case 1: {
      cursor.u8();
      const flags = cursor.u8();
      return { kind: 'hello', undecided: (flags & 16) !== 0, partial: (flags & 2) !== 0, diverged: (flags & 8) !== 0 };
    }
    case 2: {
      cursor.at += 4;
      const action = cursor.u8();
      const flags = cursor.u8();
      return { kind: 'welcome', action, flags, session: cursor.varint(), epoch: cursor.varint(), sequence: cursor.varint() };
    }
    case 3:
      cursor.at += 4;
      return { kind: 'refused', reason: cursor.u8() };
    case 4:
    case 5:
    case 6:
    case 7: {
      const number = cursor.u8();
      const index = type >= 6 ? cursor.varint() : 0;
      const chunkBytes = at + count - CRC_BYTES - cursor.at;
      return { kind: 'delta', number, index, last: type === 4 || type === 7, chunkAt: cursor.at, chunkBytes };
    }
    case 8: {
      const number = cursor.u8();
      const state = cursor.u8();
      const credit = cursor.u8();
      const sequence = state === ACK_DONE ? cursor.varint() : 0;
      const framesInOrder = state === ACK_PART ? cursor.varint() : 0;
      return { kind: 'ack', number, state, credit, sequence, framesInOrder, hasGap: cursor.at < at + count - CRC_BYTES };
    }
    case 14: {
      const sequence = cursor.varint();
      const index = cursor.varint();
      return { kind: 'output', sequence, index, bytesAt: cursor.at, byteCount: at + count - CRC_BYTES - cursor.at };
    }
    default:
      return { kind: 'other', type };
  }
}
