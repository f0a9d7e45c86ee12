import {
  CRC_BYTES,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MIN,
  HEAD_AUTHENTICATED,
  HEAD_BASE,
  HEAD_KIND_MASK,
  HEAD_VERSION_SHIFT,
  KIND_MAX,
  WIRE_VERSION,
} from './constants.js';
import { crc32, crc32Byte } from './crc32.js';

// frame = head (1) . fields . crc (4): CRC-32 over direction (1), session (8, little-endian) and the frame without its crc.
// Direction and session are never sent: a frame of another session or direction fails its check, at no bytes.

export const FRAME_OK = 0;
export const FRAME_TOO_SHORT = 1;
export const FRAME_TOO_LONG = 2;
export const FRAME_BAD_VERSION = 3;
export const FRAME_BAD_RESERVED = 4;
export const FRAME_BAD_KIND = 5;

/** The CRC of what goes before a frame. Session 0 stands for "no session": HELLO, WELCOME, REFUSED, NO_SESSION, ENROL, ENROLLED. */
export function frameSeed(direction: number, session: number): number {
  let crc = crc32Byte(direction, 0);
  for (let index = 0; index < 8; index++) {
    crc = crc32Byte(session % 256, crc);
    session = Math.floor(session / 256);
  }
  return crc;
}

export function frameHead(kind: number): number {
  return HEAD_BASE | kind;
}

/** Closes the frame that lies in bytes[0 .. count) with its check; returns the whole length. */
export function sealFrame(bytes: Uint8Array, count: number, seed: number): number {
  const crc = crc32(bytes, 0, count, seed);
  bytes[count] = crc;
  bytes[count + 1] = crc >>> 8;
  bytes[count + 2] = crc >>> 16;
  bytes[count + 3] = crc >>> 24;
  return count + CRC_BYTES;
}

/** Looks at length and head; the check is another question, because its seed depends on the kind. */
export function checkHead(bytes: Uint8Array, at: number, count: number): number {
  if (count < FRAME_BYTES_MIN) return FRAME_TOO_SHORT;
  if (count > FRAME_BYTES_MAX) return FRAME_TOO_LONG;
  const head = bytes[at]!;
  if (head >>> HEAD_VERSION_SHIFT !== WIRE_VERSION) return FRAME_BAD_VERSION;
  if (head & HEAD_AUTHENTICATED) return FRAME_BAD_RESERVED;
  const kind = head & HEAD_KIND_MASK;
  return kind === 0 || kind > KIND_MAX ? FRAME_BAD_KIND : FRAME_OK;
}

export function kindOf(head: number): number {
  return head & HEAD_KIND_MASK;
}

/** Whether the frame's check agrees under this seed. */
export function isSealed(bytes: Uint8Array, at: number, count: number, seed: number): boolean {
  const end = at + count - CRC_BYTES;
  const crc = crc32(bytes, at, count - CRC_BYTES, seed);
  return (bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>> 0 === crc;
}
