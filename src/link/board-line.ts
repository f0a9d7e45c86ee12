import type { PageMemory } from '../memory/page-memory.js';

/**
 * A line that begins after a loss of RAM goes on above the next multiple: more than any board can have committed that nobody heard of.
 * 2^53 / 2^32 leaves an agent two million losses of RAM.
 */
export const SEQUENCE_STRIDE = 2 ** 32;

/** Where a board stands on its agent's line: what its memory is, which commits it has made, which of them the host holds. */
export class BoardLine {
  epoch = 0;
  /** The newest commit. */
  sequence = 0;
  /** The newest commit that the host is known to hold durably, and the digest of the state then. */
  acknowledgedSequence = 0;
  acknowledgedDigest: number;
  /** The memory holds the agent's state. */
  hasState = false;
  /** It holds part of a state: worth a comparison before a refill. */
  isPartial = false;
  /** It went on from the board's own checkpoint while the host was away. */
  isAlone = false;
  /** A turn threw: what the memory holds must not be committed. */
  isReloading = false;
  /** Pages are being compared with the head: until all were, nothing says what of them the host has. */
  isComparing = false;
  #isNewEpoch = false;
  readonly #memory: PageMemory;

  constructor(memory: PageMemory) {
    this.#memory = memory;
    this.acknowledgedDigest = memory.digest;
  }

  /** What is dirty is the next commit. */
  commit(): void {
    if (this.hasState && this.#memory.dirtyPageCount > 0) this.sequence++;
  }

  acknowledge(sequence: number, digest: number): void {
    this.acknowledgedSequence = sequence;
    this.acknowledgedDigest = digest;
    if (this.sequence < sequence) this.sequence = sequence;
  }

  /** A session began in this epoch. */
  enter(epoch: number): void {
    if (epoch > this.epoch) this.#isNewEpoch = true;
    this.epoch = epoch;
    this.isAlone = false;
  }

  /** The memory holds the head; `usedSequence` is the newest that anybody knows of. */
  begin(headSequence: number, headDigest: number, usedSequence: number): void {
    this.acknowledge(headSequence, headDigest);
    const used = Math.max(this.sequence, usedSequence);
    const isFirstLine = this.epoch === 1 && used === 0;
    this.sequence = this.#isNewEpoch && !isFirstLine ? strideAbove(used) : used;
    this.#takeState();
  }

  /** The board kept its pages through a new session. */
  goOn(): void {
    this.#isNewEpoch = false;
  }

  /** The pages came from the board's own checkpoint; it may have used more sequences since than that knows of. */
  beginAlone(epoch: number, sequence: number, acknowledgedSequence: number, acknowledgedDigest: number): void {
    this.epoch = epoch;
    this.sequence = strideAbove(Math.max(this.sequence, sequence));
    this.acknowledgedSequence = acknowledgedSequence;
    this.acknowledgedDigest = acknowledgedDigest;
    this.isAlone = true;
    this.#takeState();
  }

  /** The agent is not this board's any more; the memory is all zeros. */
  reset(): void {
    this.epoch = 0;
    this.sequence = 0;
    this.acknowledgedSequence = 0;
    this.acknowledgedDigest = this.#memory.digest;
    this.hasState = false;
    this.isPartial = false;
    this.isAlone = false;
    this.isReloading = false;
    this.isComparing = false;
    this.#isNewEpoch = false;
  }

  /** What the memory holds is no commit: it must come back from the head. */
  giveUpState(): void {
    this.hasState = false;
    this.isPartial = true;
    this.isReloading = true;
  }

  #takeState(): void {
    this.isComparing = false;
    this.#isNewEpoch = false;
    this.hasState = true;
    this.isPartial = false;
    this.isReloading = false;
  }
}

function strideAbove(sequence: number): number {
  return (Math.floor(sequence / SEQUENCE_STRIDE) + 1) * SEQUENCE_STRIDE;
}
