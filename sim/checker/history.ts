import { Violation } from './violation.js';

interface Commit {
  readonly epoch: number;
  readonly state: Uint8Array;
}

/** The simulation's own copies of an agent's state at each commit, taken from the board's memory, byte for byte. */
export class CommitHistory {
  readonly sizeBytes: number;
  commits = 0;
  readonly #bySequence = new Map<number, Commit[]>();
  readonly #zeros: Uint8Array;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#zeros = new Uint8Array(sizeBytes);
  }

  /** A board has committed `sequence` in `epoch`; the bytes are copied. */
  note(epoch: number, sequence: number, bytes: Uint8Array): void {
    const state = bytes.slice(0, this.sizeBytes);
    const commits = this.#bySequence.get(sequence) ?? [];
    const same = commits.find((commit) => commit.epoch === epoch);
    if (same && Buffer.compare(same.state, state) !== 0) {
      throw new Violation('I1', `sequence ${sequence} of epoch ${epoch} was committed twice with different content`);
    }
    if (!same) commits.push({ epoch, state });
    this.#bySequence.set(sequence, commits);
    this.commits++;
  }

  /** The state at `sequence` as committed in `epoch` or, if that epoch began later, in the newest one before it. */
  find(epoch: number, sequence: number): Uint8Array | undefined {
    if (sequence === 0) return this.#zeros;
    let best: Commit | undefined;
    for (const commit of this.#bySequence.get(sequence) ?? []) {
      if (commit.epoch <= epoch && (best === undefined || commit.epoch > best.epoch)) best = commit;
    }
    return best?.state;
  }
}
