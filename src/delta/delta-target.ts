import type { RunTarget } from '../codec/payload.js';

/** Where a sink puts a delta: run by run, then taken or dropped as a whole. */
export interface DeltaTarget extends RunTarget {
  /** Starts a delta against the base state, or against that and what an earlier delta left staged. */
  begin(keepStaged: boolean): void;
  /** Ends the runs: 0 or a code. `digest` is then that of the state with the delta. */
  finish(): number;
  readonly digest: number;
  /** Makes the delta part of the state. */
  apply(): void;
  /** The delta was torn: what arrived may be of use to the next one. */
  suspend(): void;
  /** Forgets the delta. */
  drop(): void;
}
