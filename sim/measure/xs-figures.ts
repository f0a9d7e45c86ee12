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

/** What moved over so many commits; slots, chunks and collections must be 0. */
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

export type BoardName = 'esp32' | 'nodemcu' | 'esp32c3';
export type Coding = 'stored' | 'modelled';

export type BoardLinkKind = 'serial' | 'mqtt';

/**
 * What a board's machine holds, after a collection, while its firmware runs an agent with a state of `stateBytes` bytes; library, firmware
 * and agent are in ROM. The SDK's own classes are not in it: what stands for them takes next to nothing. `slotsHeld` and
 * `chunkBytesHeld` are what the heaps have taken of the arena, used or not.
 */
export type BoardCosts = {
  readonly profile: BoardName;
  readonly stateBytes: number;
  readonly link: BoardLinkKind;
  readonly coding: Coding;
  readonly slots: number;
  readonly slotsHeld: number;
  readonly chunkBytes: number;
  readonly chunkBytesHeld: number;
  readonly stackPeak: number;
  readonly stackCount: number;
  /** Names that the board added to those in ROM. */
  readonly keys: number;
  readonly arenaBytes: number;
  readonly arenaFreeBytes: number;
  readonly deltas: number;
  readonly aborts: number;
  readonly refills: number;
  /** Over a time of turns and deltas: frames that left, slots per such frame, and what else moved. */
  readonly framesOut: number;
  readonly slotsPerFrame: number;
  readonly grownChunkBytes: number;
  readonly collections: number;
};

/** And the largest state, in bytes of whole pages, with which the board still runs. */
export type BoardFigures = BoardCosts & { readonly largestStateBytes: number };

export type XsMeasurement = {
  readonly engine: 'XS 13.3.0';
  readonly slotBytes: number;
  readonly store: StoreCosts & { readonly ratio: number };
  readonly steady: Readonly<Record<string, SteadyState>>;
  readonly ram: readonly RamCosts[];
  readonly stack: StackCosts;
  /** Empty where slots have not a board's 16 bytes. */
  readonly boards: readonly BoardFigures[];
  /** Of a small agent, its host elsewhere. */
  readonly many?: SteadyState;
  readonly workloads: readonly WorkloadCosts[];
};

export type MeasureOptions = {
  readonly seed?: number;
  readonly workloadCommits?: number;
  readonly steadyCommits?: number;
  readonly manyCommits?: number;
  /** Told before each step. */
  readonly progress?: (step: string) => void;
};
