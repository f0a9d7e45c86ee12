import { firstDifference, Violation } from './violation.js';

const PAGE_BYTES = 256;

export interface Commit {
  readonly epoch: number;
  readonly state: Uint8Array;
  /** Pages whose bytes had changed behind the write barrier, which nobody could know yet. */
  readonly exempt: Set<number>;
}

/** Index of the first byte in which `bytes` is not the commit's state, or -1; exempt pages are not looked at. */
export function differsFrom(commit: Commit, bytes: Uint8Array): number {
  const { state, exempt } = commit;
  if (exempt.size === 0) return firstDifference(state, bytes, state.length);
  for (let from = 0, page = 0; from < state.length; from += PAGE_BYTES, page++) {
    if (exempt.has(page)) continue;
    const at = firstDifference(state.subarray(from), bytes.subarray(from), Math.min(PAGE_BYTES, state.length - from));
    if (at >= 0) return from + at;
  }
  return -1;
}

/** The simulation's own copies of an agent's state at each commit, taken from the board's memory, byte for byte. */
export class CommitHistory {
  readonly sizeBytes: number;
  commits = 0;
  readonly #bySequence = new Map<number, Commit[]>();
  readonly #zeros: Commit;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#zeros = { epoch: 0, state: new Uint8Array(sizeBytes), exempt: new Set() };
  }

  /** A board has committed `sequence` in `epoch`; the bytes are copied. */
  note(epoch: number, sequence: number, bytes: Uint8Array, exempt: ReadonlySet<number>): void {
    const state = bytes.slice(0, this.sizeBytes);
    const commits = this.#bySequence.get(sequence) ?? [];
    const same = commits.find((commit) => commit.epoch === epoch);
    if (same && differsFrom(same, state) >= 0) {
      throw new Violation('I1', `sequence ${sequence} of epoch ${epoch} was committed twice with different content`);
    }
    if (same) return;
    commits.push({ epoch, state, exempt: new Set(exempt) });
    this.#bySequence.set(sequence, commits);
    this.commits++;
  }

  /** The state at `sequence` as committed in `epoch` or, if that epoch began later, in the newest one before it. */
  find(epoch: number, sequence: number): Commit | undefined {
    if (sequence === 0) return this.#zeros;
    let best: Commit | undefined;
    for (const commit of this.#bySequence.get(sequence) ?? []) {
      if (commit.epoch <= epoch && (best === undefined || commit.epoch > best.epoch)) best = commit;
    }
    return best;
  }
}
