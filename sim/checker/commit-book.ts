import { type Commit as CommittedState, differsFrom } from './history.js';
import { Violation } from './violation.js';

export interface CountedCommit extends CommittedState {
  /** One life of a device. */
  readonly by: string;
  readonly count: number;
}

const NONE: ReadonlySet<number> = new Set();

/** The states of an agent that counts, as boards had them at each commit. */
export class CommitBook {
  readonly #commits = new Map<number, CountedCommit[]>();

  /**
   * A copy is kept. False: it was known. `exempt`: pages that changed behind the write barrier, which the board cannot know of.
   * `mayRepeat`: another life of a device may have used the number too.
   */
  note(commit: Omit<CountedCommit, 'exempt'>, sequence: number, mayRepeat: boolean, exempt: ReadonlySet<number> = NONE): boolean {
    const { by, epoch, state } = commit;
    const commits = this.#commits.get(sequence) ?? [];
    const same = commits.find((one) => one.epoch === epoch && (one.by === by || !mayRepeat));
    if (same !== undefined) {
      if (differsFrom(same, state) >= 0)
        throw new Violation('I1', `sequence ${sequence} of epoch ${epoch} was committed with two contents`);
      return false;
    }
    commits.push({ ...commit, state: state.slice(), exempt: new Set(exempt) });
    this.#commits.set(sequence, commits);
    return true;
  }

  /** As committed in `epoch` or, if that began later, in the newest before it. More than one: the store was set back in between. */
  find(epoch: number, sequence: number): readonly CountedCommit[] {
    const commits = this.of(sequence).filter((commit) => commit.epoch <= epoch);
    const newest = commits.reduce((best, commit) => Math.max(best, commit.epoch), 0);
    return commits.filter((commit) => commit.epoch === newest);
  }

  of(sequence: number): readonly CountedCommit[] {
    return this.#commits.get(sequence) ?? [];
  }

  /** The first commit with this content. */
  withContent(state: Uint8Array): CountedCommit | undefined {
    for (const commits of this.#commits.values()) {
      const found = commits.find((commit) => differsFrom(commit, state) < 0);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What the head is, of what boards had at this sequence. */
  match(epoch: number, sequence: number, state: Uint8Array): CountedCommit {
    const commits = this.find(epoch, sequence);
    if (commits.length === 0) throw new Violation('I1', `the head is sequence ${sequence}, which nobody committed`);
    const commit = commits.find((one) => differsFrom(one, state) < 0) ?? commits[0]!;
    const at = differsFrom(commit, state);
    if (at >= 0) throw new Violation('I1', `byte ${at} of the head at sequence ${sequence} is not what the board had there`);
    return commit;
  }
}
