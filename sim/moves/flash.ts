import type { OwnershipStore } from '../../src/agent/ownership-store.js';
import type { RetiredAgent } from '../../src/link/board-ownership.js';

/** What a board's flash is told, and when. */
export interface FlashWatch {
  /** Before and after each write: the board may lose its power there. */
  step(): void;
  owned(epoch: number): void;
  retired(epoch: number): void;
}

/** What a board knows of agents when it starts. Each write is there wholly or, if the power goes before its end, not at all. */
export class Flash implements OwnershipStore {
  owner: { readonly agentId: Uint8Array; readonly epoch: number } | undefined;
  retired: RetiredAgent | undefined;
  /** It takes nothing. */
  isBroken = false;
  readonly #watch: FlashWatch;

  constructor(watch: FlashWatch, agentId: Uint8Array | undefined) {
    this.#watch = watch;
    if (agentId !== undefined) this.owner = { agentId, epoch: 0 };
  }

  storeOwned(agentId: Uint8Array, epoch: number): boolean {
    this.#watch.step();
    if (this.isBroken) return false;
    this.owner = { agentId: agentId.slice(), epoch };
    this.#watch.owned(epoch);
    this.#watch.step();
    return true;
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#watch.step();
    if (this.isBroken) return;
    this.owner = undefined;
    this.retired = { agentId: agentId.slice(), epoch };
    this.#watch.retired(epoch);
    this.#watch.step();
  }
}
