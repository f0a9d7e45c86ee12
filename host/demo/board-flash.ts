import type { AgentRunnerOptions, OwnershipStore } from '../../src/agent/index.js';

type Ownership = Required<Pick<AgentRunnerOptions, 'agentId' | 'vacant'>> & Pick<AgentRunnerOptions, 'retired'>;

const NOBODY = new Uint8Array(16);

/** A simulated board's flash, as far as it says which agent the board runs: it is there while the board has no power. */
export class BoardFlash implements OwnershipStore {
  #agentId: Uint8Array | undefined;
  #retired: AgentRunnerOptions['retired'];

  /** @param agentId the agent that the board was enrolled with; undefined: it is vacant */
  constructor(agentId: Uint8Array | undefined) {
    this.#agentId = agentId;
  }

  /** In hex; empty: the board runs no agent. */
  get agentId(): string {
    return this.#agentId === undefined ? '' : Buffer.from(this.#agentId).toString('hex');
  }

  /** What the board's program starts with. */
  get ownership(): Ownership {
    const owned = { agentId: this.#agentId ?? NOBODY, vacant: this.#agentId === undefined };
    return this.#retired === undefined ? owned : { ...owned, retired: this.#retired };
  }

  storeOwned(agentId: Uint8Array): boolean {
    this.#agentId = agentId.slice();
    return true;
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#agentId = undefined;
    this.#retired = { agentId: agentId.slice(), epoch };
  }
}
