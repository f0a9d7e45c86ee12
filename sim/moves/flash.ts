import type { OwnershipStore } from '../../src/agent/ownership-store.js';
import type { RetiredAgent } from '../../src/link/board-ownership.js';

/** What a board's flash is told, and when. */
export interface FlashWatch {
  /** What becomes of this write, in whose midst the board loses its power; undefined: it does not. */
  tear?(): { readonly leaves: Tear; die(): never } | undefined;
  /** Before and after each write: the board may lose its power there. */
  step(): void;
  owned(agentId: Uint8Array, epoch: number): void;
  retired(epoch: number): void;
}

/** What a write finds after a loss of power in its midst: a record whose check is right, the one before it, or none. */
export const TEARS = ['old', 'new', 'neither'] as const;
export type Tear = (typeof TEARS)[number];

/**
 * What a board knows of agents when it starts: one record, as stored-ownership of the firmware keeps it. A board whose record cannot be
 * read is what it was enrolled as.
 */
export class Flash implements OwnershipStore {
  owner: { readonly agentId: Uint8Array; readonly epoch: number } | undefined;
  retired: RetiredAgent | undefined;
  /** The newest epoch that the board has run in, and a session of it. */
  known = { epoch: 0, session: 0 };
  /** It takes nothing. */
  isBroken = false;
  readonly #watch: FlashWatch;
  #enrolledId: Uint8Array | undefined;

  constructor(watch: FlashWatch, agentId: Uint8Array | undefined) {
    this.#watch = watch;
    this.enrol(agentId);
  }

  /** The board is new, with this agent or vacant. */
  enrol(agentId: Uint8Array | undefined): void {
    this.#enrolledId = agentId;
    this.known = { epoch: 0, session: 0 };
    this.#forget();
  }

  /** A session stands. Firmware writes one for each epoch, and now and then another. */
  entered(epoch: number, session: number): void {
    if (epoch !== this.known.epoch && !this.isBroken) this.known = { epoch, session };
  }

  storeOwned(agentId: Uint8Array, epoch: number): boolean {
    this.#watch.step();
    if (this.isBroken) return false;
    this.#write(() => {
      this.owner = { agentId: agentId.slice(), epoch };
      this.known = { epoch, session: 0 };
      this.#watch.owned(agentId, epoch);
    });
    return true;
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#watch.step();
    if (this.isBroken) return;
    this.#write(() => {
      const before = this.owner?.epoch ?? 0;
      this.owner = undefined;
      this.retired = { agentId: agentId.slice(), epoch: Math.max(epoch, before) };
      this.#watch.retired(epoch);
    });
  }

  #write(change: () => void): void {
    const torn = this.#watch.tear?.();
    if (torn?.leaves === 'neither') this.#forget();
    else if (torn?.leaves !== 'old') change();
    torn?.die();
    this.#watch.step();
  }

  #forget(): void {
    this.owner = this.#enrolledId && { agentId: this.#enrolledId, epoch: 0 };
    this.retired = undefined;
  }
}
