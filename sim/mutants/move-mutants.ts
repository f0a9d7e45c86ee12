import { ACTIVATION_MUTANTS } from './activation-mutants.js';
import { DECISION_MUTANTS } from './decision-mutants.js';
import { FREEZE_MUTANTS } from './freeze-mutants.js';
import { LEASE_MUTANTS } from './lease-mutants.js';
import type { MoveMutant } from './mutants.js';

/** Broken variants of the protocol that moves an agent. Runs of agents that count and move must catch every one of them. */
export const MOVE_MUTANTS: readonly MoveMutant[] = [...DECISION_MUTANTS, ...FREEZE_MUTANTS, ...ACTIVATION_MUTANTS, ...LEASE_MUTANTS];
