import { CRC_BYTES, DIRECTION_DOWN, DIRECTION_UP } from '../../src/wire/constants.js';
import { crc32Byte } from '../../src/wire/crc32.js';
import { frameSeed } from '../../src/wire/frame.js';

export type Way = 'up' | 'down';

const POLYNOMIAL_REFLECTED = 0xedb88320;
const SESSION_BYTES = 8;

/** The CRC-32 before one byte, given the CRC after it: a step of the register run backwards. */
function crc32ByteBefore(byte: number, crc: number): number {
  let state = ~crc >>> 0;
  for (let bit = 0; bit < 8; bit++) state = state & 0x80000000 ? ((state ^ POLYNOMIAL_REFLECTED) << 1) | 1 : state << 1;
  return ~(state ^ byte) >>> 0;
}

/**
 * The seed under which a frame's check is right: there is exactly one. A frame that came through undamaged names its session so,
 * although no frame carries it; a damaged one names some other number.
 */
export function impliedSeed(frame: Uint8Array, count: number): number {
  const end = count - CRC_BYTES;
  let crc = (frame[end]! | (frame[end + 1]! << 8) | (frame[end + 2]! << 16) | (frame[end + 3]! << 24)) >>> 0;
  for (let index = end - 1; index >= 0; index--) crc = crc32ByteBefore(frame[index]!, crc);
  return crc;
}

/** The session below 2^32 that a seed belongs to, one way; a seed of another session or way gives some other number. */
export function sessionOfSeed(seed: number, way: Way): number {
  // What the eight bytes of the session start from, and what they would have to start from if all of them were zero: the low four are the
  // difference.
  let crc = seed;
  for (let index = 0; index < SESSION_BYTES; index++) crc = crc32ByteBefore(0, crc);
  return (crc ^ crc32Byte(directionOf(way), 0)) >>> 0;
}

export function directionOf(way: Way): number {
  return way === 'up' ? DIRECTION_UP : DIRECTION_DOWN;
}

export function seedOf(way: Way, session: number): number {
  return frameSeed(directionOf(way), session);
}
