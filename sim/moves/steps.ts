import type { Tear } from './flash.js';

/** Where a party can die: before it sends, before it takes what came, before and after it writes. */
export const STEPS = ['send', 'receive', 'store', 'flash'] as const;
export type Step = (typeof STEPS)[number];

/** Thrown in the middle of what a party does: it does nothing more, and what it did stays done. */
export class Crash extends Error {
  readonly party: string;

  constructor(party: string, step: Step) {
    super(`${party} dies at a ${step}`);
    this.name = 'Crash';
    this.party = party;
  }
}

/** Asked at every step of every party; throws Crash where it is to die. */
export interface Steps {
  at(party: string, step: Step): void;
  /** What becomes of a flash write in whose midst the party is to die; undefined: it does not. */
  tear?(party: string): Tear | undefined;
}
