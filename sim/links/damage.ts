import type { Random } from '../random.js';
import type { Direction } from './port.js';

/** Sees every frame on its way and changes some; the run remembers which, so that the checker knows that nothing may come of them. */
export interface Damage {
  /** A frame has left its sender; a link that carries whole messages delivers this very array. */
  sent(direction: Direction, frame: Uint8Array): void;
  /** Flips bits; the frame's own check must find it. */
  corrupt(direction: Direction, frame: Uint8Array, random: Random): Uint8Array;
  /** Changes a byte inside and makes the frame's check right again. */
  reseal(direction: Direction, frame: Uint8Array, random: Random): Uint8Array;
}

const CHECK_BYTES = 4;

export function flipBits(frame: Uint8Array, random: Random): Uint8Array {
  const damaged = frame.slice();
  const flips = random.between(1, 6);
  for (let i = 0; i < flips; i++) damaged[random.below(damaged.length)]! ^= 1 << random.below(8);
  if (damaged.every((byte, i) => byte === frame[i])) damaged[0]! ^= 1;
  return damaged;
}

/**
 * Changes the byte at `index` and corrects the CRC-32 at the frame's end without knowing what seeds it: a CRC is linear, so the
 * check of the changed frame is the old check XOR the plain remainder of the difference.
 */
export function changeAndReseal(frame: Uint8Array, index: number, difference: number): Uint8Array {
  const sealed = frame.slice();
  sealed[index]! ^= difference;
  let remainder = 0;
  for (let i = index; i < frame.length - CHECK_BYTES; i++) {
    remainder ^= i === index ? difference : 0;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  for (let i = 0; i < CHECK_BYTES; i++) sealed[frame.length - CHECK_BYTES + i]! ^= (remainder >>> (8 * i)) & 0xff;
  return sealed;
}
