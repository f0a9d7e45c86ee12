import { GRANULE_BYTES, PAGE_BYTES } from '../../src/memory/constants.js';
import type { PageMemory } from '../../src/memory/page-memory.js';

/** What a run of one granule takes on the wire at most: its head and its bytes. */
const RUN_BYTES = 3 + GRANULE_BYTES;
const FRAME_BYTES = 20;
/** Freezing is worth it at once when what is left takes no longer than this. */
const NEGLIGIBLE_MS = 20;
/** A round that leaves more than this part of the one before brings nothing. */
const SHRINKS = 0.8;
export const DEFAULT_AIM_MS = 300;

export type Decision = 'follow' | 'freeze' | 'refuse';

/** What brings a copy to the head: pages that differ, and bytes, about, of granules as if none were neighbours. */
export function pendingChange(head: PageMemory, copy: PageMemory): { readonly bytes: number; readonly pages: number } {
  let bytes = 0;
  let pages = 0;
  for (let page = 0; page < head.pageCount; page++) {
    const at = page * PAGE_BYTES;
    const ours = Buffer.from(head.bytes.buffer, head.bytes.byteOffset + at, PAGE_BYTES);
    const theirs = Buffer.from(copy.bytes.buffer, copy.bytes.byteOffset + at, PAGE_BYTES);
    if (ours.equals(theirs)) continue;
    pages++;
    for (let offset = at; offset < at + PAGE_BYTES; offset += GRANULE_BYTES)
      if (head.getI32(offset) !== copy.getI32(offset)) bytes += RUN_BYTES;
  }
  return { bytes: bytes === 0 ? 0 : bytes + FRAME_BYTES, pages };
}

/**
 * Whether another round while the source runs makes the last one shorter. What the source changes during a round is left after it; if that
 * is no less than what the round before left, no number of rounds helps, and the source is stopped with what is left, or not at all.
 */
export class Convergence {
  /** Bytes per ms on the way to the target, measured over the longest round; 0: not known. */
  bytesPerMs = 0;
  /** Bytes per ms that the source changes, measured over the rounds; 0: not known. */
  dirtyBytesPerMs = 0;
  /** What was predicted for a freeze now. */
  predictedMs = 0;
  converges = true;
  #longestMs = 0;
  #lastMs = 0;
  #lastBytes = Number.POSITIVE_INFINITY;

  /** A round has ended: so many bytes on the line, in so long. */
  measured(roundBytes: number, roundMs: number): void {
    if (roundMs <= 0) return;
    this.#lastMs = roundMs;
    if (roundMs < this.#longestMs) return;
    this.#longestMs = roundMs;
    this.bytesPerMs = roundBytes / roundMs;
  }

  /**
   * @param leftBytes what is left to send to the target
   * @param fixedMs of a freeze with nothing left: round trips and syncs
   */
  decide(leftBytes: number, fixedMs: number, maxDowntimeMs: number | undefined): Decision {
    if (this.#lastMs > 0) this.dirtyBytesPerMs = leftBytes / this.#lastMs;
    const leftMs = this.bytesPerMs > 0 ? leftBytes / this.bytesPerMs : 0;
    this.predictedMs = fixedMs + 2 * leftMs;
    const shrinks = leftBytes < this.#lastBytes * SHRINKS;
    this.converges = shrinks || leftMs <= NEGLIGIBLE_MS;
    this.#lastBytes = leftBytes;
    if (leftMs <= NEGLIGIBLE_MS && this.predictedMs <= (maxDowntimeMs ?? DEFAULT_AIM_MS)) return 'freeze';
    if (shrinks && leftBytes > 0) return 'follow';
    return maxDowntimeMs === undefined || this.predictedMs <= maxDowntimeMs ? 'freeze' : 'refuse';
  }
}
