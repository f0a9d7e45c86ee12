/** What `godwit sim` runs when nothing else is asked for, and the most that it takes. */
export const SIM_DEFAULTS = { boards: 3, commits: 30 } as const;
export const SIM_LIMITS = { boardsMax: 64, commitsMax: 1_000_000, seedMax: 2 ** 32 - 1 } as const;
