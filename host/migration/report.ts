import type { Phase, Plan } from './plan.js';

/** How a move stands, or how it went. Times in ms, of the host's clock. A copy. */
export interface MigrationView {
  readonly agentId: string;
  readonly kind: Plan['kind'];
  readonly source: string;
  readonly target: string;
  readonly phase: Phase;
  readonly isRollback: boolean;
  /** Why it was aborted, or what it waits for. */
  readonly reason: string;
  /** Sequence that comes back; undefined: the head. */
  readonly atSequence: number | undefined;
  readonly stateBytes: number;
  /** Frames to and from the target. */
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Rounds that the target has verified; the first is the whole state, or what it lacked of it. */
  readonly rounds: number;
  /** Left to send to the target, about. */
  readonly leftBytes: number;
  readonly bytesPerMs: number;
  /** -1: not known. */
  readonly leftMs: number;
  /** Of a freeze now, as far as it can be told. */
  readonly predictedDowntimeMs: number;
  readonly converges: boolean;
  /** From the freeze until the target said that it runs; 0 before, and for a restore. */
  readonly downtimeMs: number;
  /** The last delta over both links, two round trips and two syncs. */
  readonly lowerBoundMs: number;
  readonly totalMs: number;
  /** Times that the source was frozen, with a thaw after all but the last. */
  readonly freezes: number;
  /** The source gave the agent up and is vacant. */
  readonly isRetired: boolean;
}

/** What was measured of the last steps. */
export class DowntimeParts {
  targetTripMs = 0;
  freezeMs = 0;
  frozenMs = 0;
  lastRoundMs = 0;
  /** The target held what the source had last, and the grant was asked for. */
  askedMs = 0;
  /** From the order to write the grant until it was known to be durable. */
  grantMs = 0;
  activeMs = 0;

  get downtimeMs(): number {
    return this.activeMs > 0 && this.freezeMs > 0 ? this.activeMs - this.freezeMs : 0;
  }

  /**
   * What no protocol with a host between the boards could save, as measured: FREEZE and its answer, with the source's last delta and its
   * sync in between; that delta's way to the target, as far as it was not under way by then; the grant's sync; ACTIVATE and its answer.
   */
  get lowerBoundMs(): number {
    const upMs = Math.max(0, this.frozenMs - this.freezeMs);
    const downMs = Math.min(this.lastRoundMs - this.targetTripMs / 2, this.askedMs - this.frozenMs);
    return upMs + Math.max(0, downMs) + this.grantMs + this.targetTripMs;
  }
}
