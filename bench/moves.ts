import { type MigrationFigures, measureMigration } from '../sim/measure/migration.js';

export type { MigrationFigures };

/** Downtime over its lower bound, at most. */
export const DOWNTIME_GOAL = 1.2;
/** How many times longer stop-and-copy takes, at least, for sparse states of 64 KiB and more. */
export const STOP_AND_COPY_GOAL = 90;

/** How long a running agent stands still while it moves, in the simulator: virtual time, the real core and the real host. */
export function measureMoves(): readonly MigrationFigures[] {
  return measureMigration();
}
