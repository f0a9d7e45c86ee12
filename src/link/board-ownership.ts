import { ID_BYTES } from '../wire/constants.js';
import type { WelcomeMessage } from '../wire/welcome.js';

/** An agent that this board gave up, and an epoch that it knows to be over for it. */
export interface RetiredAgent {
  /** 16 bytes. */
  readonly agentId: Uint8Array;
  readonly epoch: number;
}

/**
 * Whose agent this board has, and what it may do with it. The board never decides (I4): it becomes the owner by an ACTIVATE for exactly
 * what it reported as prepared, stops by a FREEZE, goes on only in an epoch newer than the one it was frozen in, and gives up when told
 * of a newer one. Silence, a restart of the host, and frames that are late change none of this.
 *
 *     vacant --PREPARE--> vacant, guest of an agent --ACTIVATE--> owner --FREEZE--> frozen --THAW--> owner
 *        ^                                                          '------- RETIRE ----'--RETIRE--> vacant
 */
export class BoardOwnership {
  /** Runs no agent: it waits, or is being prepared. */
  isVacant: boolean;
  /** Runs no turns and releases nothing until it is thawed, across sessions. */
  isFrozen = false;
  /** FROZEN is to be said once the host holds everything. */
  isAnswerDue = false;
  freezeNonce = 0;
  /** Of the agent that it is being prepared with: the epoch that will be asked for. */
  guestEpoch = 0;
  /** The agent changed since the start: what was known of host and epochs then concerns another one. */
  hasMoved = false;
  /** Zeros while vacant and nobody's guest. Others only read. */
  readonly agentId: Uint8Array;
  readonly #retiredId = new Uint8Array(ID_BYTES);
  #retiredEpoch = 0;

  /** `agentId` is the one that hellos name. */
  constructor(agentId: Uint8Array, isVacant: boolean, retired: RetiredAgent | undefined) {
    this.agentId = agentId;
    this.isVacant = isVacant;
    if (isVacant) agentId.fill(0);
    if (retired === undefined) return;
    this.#retiredId.set(retired.agentId);
    this.#retiredEpoch = retired.epoch;
  }

  /** A vacant board takes any agent, but not one that it gave up in an epoch that was over even then: the host's store is an old one. */
  mayPrepare(welcome: WelcomeMessage): boolean {
    return this.isVacant && (!isSame(this.#retiredId, welcome.agentId) || welcome.epoch > this.#retiredEpoch);
  }

  /** Becomes the guest of an agent; false: the pages here, if there are any, are another one's. */
  beginGuest(welcome: WelcomeMessage): boolean {
    const isKnown = isSame(this.agentId, welcome.agentId);
    this.agentId.set(welcome.agentId);
    this.guestEpoch = welcome.epoch;
    return isKnown;
  }

  activate(): void {
    this.isVacant = false;
    this.guestEpoch = 0;
    this.hasMoved = true;
  }

  /** False: it was frozen before. */
  freeze(nonce: number): boolean {
    const isNew = !this.isFrozen;
    this.isFrozen = true;
    this.isAnswerDue = true;
    this.freezeNonce = nonce;
    return isNew;
  }

  thaw(): void {
    this.isFrozen = false;
    this.isAnswerDue = false;
  }

  retire(epoch: number): void {
    this.thaw();
    this.#retiredId.set(this.agentId);
    this.#retiredEpoch = epoch;
    this.agentId.fill(0);
    this.isVacant = true;
    this.guestEpoch = 0;
    this.hasMoved = true;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  for (let index = 0; index < ID_BYTES; index++) if (one[index] !== other[index]) return false;
  return true;
}
