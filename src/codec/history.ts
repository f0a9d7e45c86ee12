import { PROBABILITY_START } from './bit-coder.js';

/** Granules of which the last content sent is kept. Both ends keep the same; a power of two. */
export const HISTORY_GRANULES = 512;
export const HISTORY_BYTES = HISTORY_GRANULES * 4;
export const SLOT_MASK = HISTORY_GRANULES - 1;
const SLOT_BITS = 9;
const TAG_COUNT = 15;
const TAG_SHIFT = 4;
export const MASK_BITS = 15;
export const SUCCESSOR_COUNT = 256;
export const HEAD_COUNT = 256;
/** No place in the history. */
export const NOWHERE = 0xffff;
const SUCCESSOR_START = 1;
/** A new granule's mask: only its lowest byte is expected to change. */
export const MASK_START = 1;

/** Where the model's probabilities lie, and how many there are. */
export const NEXT_BITS = 0;
export const STEP_TREE = NEXT_BITS + 12;
export const SHIFTED_BIT = STEP_TREE + 32;
export const HOT_MATCH_BITS = SHIFTED_BIT + 1;
export const COLD_MATCH_BITS = HOT_MATCH_BITS + 4;
export const SPELT_BITS = COLD_MATCH_BITS + 16;
export const SAME_MASK_BITS = SPELT_BITS + 2;
export const MASK_TREE = SAME_MASK_BITS + 16;
export const SIZE_TREE = MASK_TREE + 16;
export const BYTE_MATCH_BITS = SIZE_TREE + 4;
export const HIGH_TREES = BYTE_MATCH_BITS + 16;
export const LOW_TREES = HIGH_TREES + 16 * 16;
export const TOP_TREE = LOW_TREES + 16 * 16;
export const ALIKE_BITS = TOP_TREE + 256;
export const SAME_STRIDE_BIT = ALIKE_BITS + 2;
export const SKIP_BIT = SAME_STRIDE_BIT + 1;
export const PROBABILITY_COUNT = SKIP_BIT + 1;

/** RAM of a history's buffers. */
export const HISTORY_COST_BYTES = HISTORY_BYTES + HISTORY_GRANULES + 2 * SUCCESSOR_COUNT + 2 * HEAD_COUNT + PROBABILITY_COUNT;

/**
 * What both ends of a link remember of the granules that went over it: the content of the last 512 (by address modulo 512), how
 * each of them changed, which granule was dirty after which, and the probabilities of the model. It only ever predicts:
 * whatever is in it, a stream decodes to what was encoded, as long as both ends hold the same.
 */
export class History {
  readonly values = new Uint8Array(HISTORY_BYTES);
  readonly words = new Int32Array(this.values.buffer);
  /** Bits 7-4: which of the granules with the same slot is there, 0 for none. Bits 3-0: which of its bytes changed last. */
  readonly marks = new Uint8Array(HISTORY_GRANULES);
  /** By address modulo 256: 1 + the gap to the granule that followed last time, 0 for the end. */
  readonly successors = new Uint16Array(SUCCESSOR_COUNT);
  /** By hash of three bytes: where in `values` the byte after them lies. */
  readonly heads = new Uint16Array(HEAD_COUNT);
  readonly probabilities = new Uint8Array(PROBABILITY_COUNT);

  /** Whether the other end holds the same; else the next stream starts anew. */
  isShared = false;

  /** Forgets everything. Whoever calls it sees to it that the other end does so too. */
  restart(): void {
    this.values.fill(0);
    this.marks.fill(0);
    this.successors.fill(SUCCESSOR_START);
    this.heads.fill(NOWHERE);
    this.probabilities.fill(PROBABILITY_START);
    this.isShared = true;
  }

  /** Whether the content that was sent for the granule last is known. */
  knows(address: number): boolean {
    return (this.marks[address & SLOT_MASK]! & ~MASK_BITS) === tagOf(address);
  }

  /** Notes that a granule's content, which the caller puts into `values`, went over by other means than the model. */
  noteAddress(address: number): void {
    this.marks[address & SLOT_MASK] = tagOf(address) | MASK_START;
  }
}

/** The tag of a granule, in the place it has in `marks`. Granules far apart may share one: then a guess is bad, no more. */
export function tagOf(address: number): number {
  return (((address >>> SLOT_BITS) % TAG_COUNT) + 1) << TAG_SHIFT;
}
