/**
 * Where a board keeps, over losses of power, which agent it runs; the platform provides it. Each call is one write that is there wholly or
 * not at all. After a restart the platform starts the runner with what was stored last: an agent, or `vacant` and `retired`.
 */
export interface OwnershipStore {
  /** This agent (16 bytes, lent for the call) is the board's, in this epoch. False: it could not be stored, and the agent does not start. */
  storeOwned(agentId: Uint8Array, epoch: number): boolean;
  /** The board gave this agent up: `epoch`, and all before it, are over for it. */
  storeRetired(agentId: Uint8Array, epoch: number): void;
}
