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
  /** The last delta over both links, two round trips and two syncs, never more than the downtime; and its parts. 0 where the downtime is. */
  readonly lowerBoundMs: number;
  readonly lowerBound: DowntimeBound;
  readonly totalMs: number;
  /** Times that the source was frozen, with a thaw after all but the last. */
  readonly freezes: number;
  /** The source gave the agent up and is vacant. */
  readonly isRetired: boolean;
}

/** What the downtime had to consist of, ms. */
export interface DowntimeBound {
  /** FREEZE and its answer, with the source's last delta and the sync of that in between. */
  readonly sourceMs: number;
  /** The last delta's way to the target, as far as it was not there by then. */
  readonly deltaMs: number;
  /** The sync of the grant. */
  readonly grantMs: number;
  /** ACTIVATE and the target's hello. */
  readonly targetMs: number;
}

/** What was measured of the last steps. */
export class DowntimeParts {
  /** The shortest round trip of the target's link that was seen; 0: none. */
  targetTripMs = 0;
  /** What a write took in this move; 0: not known. */
  syncMs = 0;
  freezeMs = 0;
  /** When the FREEZE that was answered left. */
  freezeSentMs = 0;
  frozenMs = 0;
  lastRoundMs = 0;
  /** The target held what the source had last, and the grant was asked for. */
  askedMs = 0;
  /** The grant was durable. */
  grantedMs = 0;
  activeMs = 0;

  sawTrip(tripMs: number): void {
    if (tripMs > 0 && (this.targetTripMs === 0 || tripMs < this.targetTripMs)) this.targetTripMs = tripMs;
  }

  beginFreeze(nowMs: number): void {
    this.freezeMs = nowMs;
    this.freezeSentMs = nowMs;
    this.lastRoundMs = 0;
  }

  get downtimeMs(): number {
    return this.activeMs > 0 && this.freezeMs > 0 ? this.activeMs - this.freezeMs : 0;
  }

  /**
   * What no protocol with a host between the boards could save, as measured in this move: the last delta over both links, two round trips
   * and two syncs. Each part lies in a time of its own between FREEZE and the target's hello, and is no longer than that: together they
   * cannot exceed the downtime. What was spent on frames that got lost is in the downtime only.
   */
  get bound(): DowntimeBound {
    // What was measured with a frame that had bytes to carry is more than a round trip.
    const tripMs = Math.min(this.targetTripMs, this.activeMs - this.grantedMs);
    let atMs = this.freezeMs;
    const part = (ms: number, endMs: number): number => {
      const roomMs = Math.max(0, Math.min(endMs, this.activeMs) - atMs);
      atMs += roomMs;
      return Math.max(0, Math.min(ms, roomMs));
    };
    const sourceMs = part(this.frozenMs - this.freezeSentMs, this.frozenMs);
    const deltaMs = part(this.lastRoundMs - tripMs / 2, this.askedMs);
    const grantMs = part(this.grantedMs - this.askedMs, this.grantedMs);
    return { sourceMs, deltaMs, grantMs, targetMs: part(tripMs, this.activeMs) };
  }
}

export function boundMs({ sourceMs, deltaMs, grantMs, targetMs }: DowntimeBound): number {
  return sourceMs + deltaMs + grantMs + targetMs;
}
