import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProfileName } from '../../sim/moves/profiles.js';
import { seedsOf } from '../../sim/moves/profiles.js';
import type { Patch } from '../../sim/mutants/bundle.js';
import { bundleRunner } from '../../sim/mutants/bundle.js';
import { MOVE_MUTANTS } from '../../sim/mutants/move-mutants.js';
import { type SeedSweep, sweepSeeds } from '../../sim/sweep.js';

/** A mutant is caught within so many seeds of its profile, or it is not caught. */
const SEEDS_MAX = 150;
const TIMEOUT_MS = 200_000;

describe('mutants of the protocol that moves agents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-move-mutants-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** By profile, how many seeds it took to catch the mutants of it. */
  const taken = new Map<ProfileName, number>();

  /** Runs seeds of this profile until one fails. */
  async function hunt(name: string, patches: readonly Patch[], profile: ProfileName, seeds: number): Promise<SeedSweep> {
    const outFile = join(folder, `${name.replaceAll(/\W/g, '-')}.mjs`);
    await bundleRunner(outFile, patches);
    return sweepSeeds({
      ...seedsOf(profile),
      seeds,
      world: 'moves',
      boards: 3,
      commits: 1,
      faults: 'all',
      workers: 2,
      workerUrl: pathToFileURL(outFile),
      execArgv: [],
      failuresMax: 1,
      shrink: false,
    });
  }

  it.each(MOVE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'is caught: %s',
    async (name, { breaks, patches, profile }) => {
      const { failures, seeds } = await hunt(name, patches, profile, SEEDS_MAX);
      expect(failures.length, `${breaks}, and nobody noticed in ${SEEDS_MAX} seeds (${profile})`).toBeGreaterThan(0);
      // One that only crashes proves nothing.
      expect(failures[0]!.message).toMatch(/^(I\d|convergence)/);
      taken.set(profile, Math.max(seeds, taken.get(profile) ?? 0));
    },
    TIMEOUT_MS,
  );

  it(
    'the code as it is passes the seeds that catch them',
    async () => {
      for (const [profile, seeds] of taken) {
        const { failures } = await hunt(`unmutated ${profile}`, [], profile, seeds);
        expect(failures.map(({ message, repeat }) => `${message}\n${repeat}`)).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});
