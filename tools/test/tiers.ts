import { checkTier } from './check-tier.js';
import { type Need, needs } from './needs.js';
import type { TierResult } from './report.js';
import { hasTests, vitestTier } from './vitest-tier.js';

export interface Tier {
  readonly name: string;
  readonly needs: readonly Need[];
  /** false: there is nothing to run, which is never a pass. */
  hasTests(): boolean;
  run(): Promise<TierResult>;
}

function vitest(name: string, timeoutMinutes: number, tierNeeds: readonly Need[] = []): Tier {
  return { name, needs: tierNeeds, hasTests: () => hasTests(name), run: () => vitestTier(name, timeoutMinutes * 60_000) };
}

/** In the order in which they run: the quickest answers first. */
export const tiers: readonly Tier[] = [
  { name: 'check', needs: [], hasTests: () => true, run: checkTier },
  vitest('core', 5),
  vitest('sim', 20),
  vitest('bench', 5, [needs.zstd, needs.xdelta3, needs.lz4]),
  vitest('host', 10, [needs.socat, needs.mosquitto, needs.strace]),
  vitest('xs', 10, [needs.gcc32, needs.make]),
  vitest('firmware', 8, [needs.gcc32]),
  vitest('rv32', 15, [needs.qemuRv32, needs.gccRv32, needs.socat]),
  vitest('pack', 5),
];
