import { StoredEncoder } from '../codec/stored.js';
import { PageMemory } from '../memory/page-memory.js';
import { DeltaSnapshot } from './delta-snapshot.js';
import { DeltaSource } from './delta-source.js';

/**
 * Follows one agent's state and makes snapshots of what changed since the last one that was acknowledged. Until then a snapshot
 * may be lost: the next one builds on the same base and contains its changes.
 */
export class DirtyPageTracker {
  readonly agentId: Uint8Array;
  readonly #memory: PageMemory;
  readonly #source: DeltaSource;
  #sequence = 1;
  #baseSequence = 1;
  #baseDigest: number;
  #pendingDigest = 0;

  /** Starts at sequence 1 with `state`, of which the other side has a copy. Throws RangeError for a bad id or size. */
  constructor(agentId: Uint8Array, state: Uint8Array) {
    if (agentId.length !== 16) throw new RangeError(`dirty page tracker: an agent id has 16 bytes, not ${agentId.length}`);
    this.agentId = agentId.slice();
    this.#memory = new PageMemory({ sizeBytes: state.length, copyCount: 0 });
    this.#memory.load(0, state, 0, state.length);
    this.#source = new DeltaSource(this.#memory, [new StoredEncoder()]);
    this.#baseDigest = this.#memory.digest;
  }

  /** The state; what its setters and `write` change is marked. */
  get memory(): PageMemory {
    return this.#memory;
  }

  /** Sequence of the last snapshot, or 1. Never used twice. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Sequence that the next snapshot builds on. */
  get baseSequence(): number {
    return this.#baseSequence;
  }

  /** Pages to be sent that are not part of a snapshot on its way. */
  get dirtyPageCount(): number {
    return this.#memory.dirtyPageCount;
  }

  markDirty(page: number): void {
    this.#memory.markPageDirty(page);
  }

  /** Marks what the range touches; call it before bytes are changed in another way than through `memory`. */
  markRangeDirty(offset: number, length: number): void {
    this.#memory.markRangeDirty(offset, length);
  }

  isDirty(page: number): boolean {
    return this.#memory.isPageDirty(page);
  }

  /** The other side has the state as it is now, known as the sequence of now: all marks are dropped. */
  clear(): void {
    this.#source.bringBack();
    for (let page = this.#memory.nextDirtyPage(0); page >= 0; page = this.#memory.nextDirtyPage(page + 1)) this.#memory.settlePage(page);
    this.#baseSequence = this.#sequence;
    this.#baseDigest = this.#memory.digest;
  }

  /**
   * Makes the snapshot with the next sequence, of all that changed since the base. A snapshot that was not acknowledged counts as lost.
   * With `state`, which must have the same size, the whole state is taken over first. If it throws nothing has moved.
   */
  createDelta(state?: Uint8Array): DeltaSnapshot {
    if (state !== undefined) this.#takeOver(state);
    this.#source.bringBack();
    const snapshot = DeltaSnapshot.capture(
      this.agentId,
      this.#baseSequence,
      this.#sequence + 1,
      this.#memory,
      this.#baseDigest,
      this.#source,
    );
    this.#sequence = snapshot.sequence;
    this.#pendingDigest = snapshot.digest;
    return snapshot;
  }

  /** The other side holds the snapshot with this sequence durably. False, and nothing moves, if it is not the last one. */
  acknowledge(sequence: number): boolean {
    if (!this.#source.finished || sequence !== this.#sequence) return false;
    this.#source.acknowledge();
    this.#baseSequence = sequence;
    this.#baseDigest = this.#pendingDigest;
    return true;
  }

  #takeOver(state: Uint8Array): void {
    if (state.length !== this.#memory.sizeBytes) {
      throw new RangeError(`dirty page tracker: a state keeps its size of ${this.#memory.sizeBytes} bytes, not ${state.length}`);
    }
    this.#memory.write(0, state, 0, state.length);
  }
}
