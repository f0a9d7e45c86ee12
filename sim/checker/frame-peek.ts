// What the checker reads off the wire, by the words of SPEC.md and not by the code it judges.

export type Peeked =
  | { readonly kind: 'welcome'; readonly action: number; readonly session: number; readonly epoch: number; readonly sequence: number }
  | { readonly kind: 'refused'; readonly reason: number }
  | { readonly kind: 'delta'; readonly number: number; readonly first: boolean; readonly last: boolean; readonly chunkBytes: number }
  | { readonly kind: 'ack'; readonly number: number; readonly state: number; readonly credit: number; readonly sequence: number }
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
    case 2: {
      cursor.at += 4;
      const action = cursor.u8();
      cursor.u8();
      return { kind: 'welcome', action, session: cursor.varint(), epoch: cursor.varint(), sequence: cursor.varint() };
    }
    case 3:
      cursor.at += 4;
      return { kind: 'refused', reason: cursor.u8() };
    case 4:
    case 5:
    case 6:
    case 7: {
      const number = cursor.u8();
      if (type >= 6) cursor.varint();
      const chunkBytes = at + count - CRC_BYTES - cursor.at;
      return { kind: 'delta', number, first: type <= 5, last: type === 4 || type === 7, chunkBytes };
    }
    case 8: {
      const number = cursor.u8();
      const state = cursor.u8();
      const credit = cursor.u8();
      return { kind: 'ack', number, state, credit, sequence: state === ACK_DONE ? cursor.varint() : 0 };
    }
    default:
      return { kind: 'other', type };
  }
}
