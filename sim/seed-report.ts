import type { FaultChoice } from './faults.js';

/** What a worker is asked for; plain data, as it crosses a thread. */
export interface SeedRequest {
  readonly seed: number;
  /** A fleet, each board with its agent, or one agent that moves between boards. */
  readonly world: 'fleet' | 'moves';
  readonly boards: number;
  readonly commits: number;
  readonly faults: FaultChoice;
  /** Look for the smallest list of faults that still fails. */
  readonly shrink: boolean;
}

export interface SeedFailure {
  /** Which invariant, where, and what was seen. */
  readonly message: string;
  readonly atMs: number;
  /** The one line that repeats it. */
  readonly repeat: string;
  readonly faults: readonly string[];
}

export interface SeedReport {
  readonly seed: number;
  readonly failure?: SeedFailure;
  readonly traceHash: string;
  readonly events: number;
  readonly commits: number;
  readonly deltas: number;
  readonly wireBytes: number;
  readonly virtualMs: number;
  readonly wallMs: number;
  /** Rare path -> how often. */
  readonly rarePaths: Readonly<Record<string, number>>;
}
