// What sim/xs measures; apart from it, so that the package has the figures' types without the engine's host.

/** Computrons of one u32 store, with the loop around it (14). `later` is a store to a page touched since the last commit. */
export type StoreCosts = {
  readonly loop: number;
  readonly raw: number;
  readonly first: number;
  readonly later: number;
  readonly equal: number;
  readonly drainPage: number;
};

/** What moved over so many commits, sender and receiver in one machine; all three must be 0. */
export type SteadyState = {
  readonly commits: number;
  readonly slots: number;
  readonly chunkBytes: number;
  readonly collections: number;
  readonly computronsPerCommit: number;
};

/** Means per commit with one codec. */
export type CodecCosts = {
  /** Computrons of capture, coding, hashes and release. */
  readonly commit: number;
  readonly bytes: number;
  /** (commit + barrier) / originCommit */
  readonly ratio: number;
  /** The same change in twice the state: how much more commit and barrier cost, as a share. */
  readonly doubledGrowth: number;
};

/** Means per commit. `barrier` is what the workload's own stores cost beyond stores without marks. */
export type WorkloadCosts = {
  readonly name: string;
  readonly stateBytes: number;
  readonly commits: number;
  readonly barrier: number;
  readonly originCommit: number;
  readonly originBytes: number;
  readonly stored: CodecCosts;
  readonly modelled: CodecCosts;
};

export type Taken = { readonly slots: number; readonly chunkBytes: number };

/**
 * What a page memory takes beside the state, what the sending end of deltas takes with each codec, and a whole board's end of a link
 * (default options, compression and outbox included): bytes of buffers, and slots.
 */
export type RamCosts = {
  readonly stateBytes: number;
  readonly memory: Taken;
  readonly stored: Taken;
  readonly modelled: Taken;
  readonly link: Taken;
};

/** Most stack slots that the board's end of a link takes beyond its caller, over so many seeded lives. */
export type StackCosts = { readonly lives: number; readonly stackSlots: number };

export type XsMeasurement = {
  readonly engine: 'XS 13.3.0';
  readonly slotBytes: number;
  readonly store: StoreCosts & { readonly ratio: number };
  readonly steady: Readonly<Record<string, SteadyState>>;
  readonly ram: readonly RamCosts[];
  readonly stack: StackCosts;
  readonly workloads: readonly WorkloadCosts[];
};

export type MeasureOptions = {
  readonly seed?: number;
  readonly workloadCommits?: number;
  readonly steadyCommits?: number;
  /** Told before each step. */
  readonly progress?: (step: string) => void;
};
