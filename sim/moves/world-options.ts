import type { MigrationView } from '../../host/migration/report.js';
import type { VirtualClock } from '../clock.js';
import type { Damage } from '../links/damage.js';
import type { SimLink } from '../links/port.js';
import type { Post } from './shared-disk.js';
import type { Steps } from './steps.js';

export interface WorldOptions {
  readonly seed: number;
  /** Boards by their clock rates: the first ones have the agents, the others are vacant. */
  readonly rates: readonly number[];
  /** Default: 1. */
  readonly agents?: number;
  readonly hosts: number;
  /** Of the clock of the machine that the hosts run on. Default: 1. */
  readonly hostRate?: number;
  readonly leaseMs: number;
  readonly turnEveryMs: number;
  /** Numbers in an agent's state besides its count. */
  readonly cells: number;
  readonly frameBytes: number;
  /** What a board's line holds at once. Default: a UART's. */
  readonly fifoBytes?: number;
  /** Each board's link in use at first: an index of its links. */
  readonly firstLinks: readonly number[];
}

/** What carries frames and writes, and where parties die: seeds and exhaustive runs differ in nothing else. */
export interface Medium {
  readonly clock: VirtualClock;
  readonly steps: Steps;
  readonly post: Post;
  makeLinks(board: number, damage: Damage): readonly SimLink[];
  /** A move has come to another phase. */
  onMove?(view: MigrationView): void;
}
