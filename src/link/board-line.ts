import type { PageMemory } from '../memory/page-memory.js';
import { lineAbove, lineStart } from './epoch-line.js';

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
  /** Of this agent, as far as the board knows; its pages may be of an older one. */
  #newestEpoch: number;
  #isNewEpoch = false;
  readonly #memory: PageMemory;

  /** `knownEpoch`: the newest of this agent that the board knows of from before its RAM was lost. */
  constructor(memory: PageMemory, knownEpoch: number) {
    this.#memory = memory;
    this.#newestEpoch = knownEpoch;
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

  /** What it did alone it numbered as in an epoch that was somebody else's, if this one is granted to it now. */
  mayShareNumbers(epoch: number): boolean {
    return this.isAlone && this.sequence <= lineStart(epoch);
  }

  /** A session began in this epoch. */
  enter(epoch: number): void {
    if (epoch > this.epoch) this.#isNewEpoch = true;
    this.epoch = epoch;
    this.#newestEpoch = Math.max(this.#newestEpoch, epoch);
    this.isAlone = false;
  }

  /** The memory holds the head; `usedSequence` is the newest that anybody knows of. */
  begin(headSequence: number, headDigest: number, usedSequence: number): void {
    this.acknowledge(headSequence, headDigest);
    const used = Math.max(this.sequence, usedSequence);
    this.sequence = this.#isNewEpoch ? lineAbove(this.epoch, used) : used;
    this.#takeState();
  }

  /** The board kept its pages through a new session. */
  goOn(): void {
    this.#isNewEpoch = false;
  }

  /** ... and the head is not on its line: the next commit is above all that either used, and what others may have in between. */
  goRound(headSequence: number, headDigest: number, usedSequence: number): void {
    this.sequence = Math.max(this.sequence, usedSequence, lineStart(this.epoch)) + 1;
    this.acknowledge(headSequence, headDigest);
  }

  /**
   * The pages came from the board's own checkpoint. It may have used more sequences since than that knows of, though in no epoch newer
   * than the newest it knows: it begins where the one after that does.
   */
  beginAlone(epoch: number, sequence: number, acknowledgedSequence: number, acknowledgedDigest: number): void {
    this.epoch = epoch;
    this.#newestEpoch = Math.max(this.#newestEpoch, epoch);
    this.sequence = lineAbove(this.#newestEpoch + 1, Math.max(this.sequence, sequence) + 1);
    this.acknowledgedSequence = acknowledgedSequence;
    this.acknowledgedDigest = acknowledgedDigest;
    this.isAlone = true;
    this.#takeState();
  }

  /** The agent is not this board's any more; the memory is all zeros. */
  reset(): void {
    this.epoch = 0;
    this.#newestEpoch = 0;
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
