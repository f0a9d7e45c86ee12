import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseFaultChoice } from '../../sim/faults.js';
import { SIM_DEFAULTS } from '../../sim/limits.js';
import { applyPatch, bundleRunner, type Patch } from '../../sim/mutants/bundle.js';
import { MUTANTS } from '../../sim/mutants/mutants.js';
import { type SeedSweep, sweepSeeds } from '../../sim/sweep.js';

/** A mutant is caught within so many seeds, or it is not caught. */
const SEEDS_MAX = 300;
const WORKERS = 2;
const TIMEOUT_MS = 200_000;

describe('mutants', () => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-mutants-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs seeds until one fails. */
  async function hunt(name: string, patches: readonly Patch[], seeds: number): Promise<SeedSweep> {
    const outFile = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
    await bundleRunner(outFile, patches);
    const workerUrl = pathToFileURL(outFile);
    return sweepSeeds({
      seed: 1,
      seeds,
      ...SIM_DEFAULTS,
      faults: 'all',
      workers: WORKERS,
      workerUrl,
      execArgv: [],
      failuresMax: 1,
      shrink: false,
    });
  }

  const caughtAt: number[] = [];

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'is caught: %s',
    async (name, mutant) => {
      const sweep = await hunt(name, mutant.patches, SEEDS_MAX);
      expect(sweep.failures.length, `${mutant.breaks}, and nobody noticed in ${SEEDS_MAX} seeds`).toBeGreaterThan(0);
      caughtAt.push(sweep.failures[0]!.seed);
    },
    TIMEOUT_MS,
  );

  it(
    'the code as it is passes the seeds that catch them',
    async () => {
      const sweep = await hunt('unmutated', [], Math.max(...caughtAt));
      expect(sweep.failures).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'a failing seed is told with the line that repeats it and the fewest faults that do',
    async () => {
      const outFile = join(folder, 'repeat.mjs');
      await bundleRunner(outFile, MUTANTS.find(({ name }) => name === 'digest not checked')!.patches);
      const common = { workers: 1, workerUrl: pathToFileURL(outFile), execArgv: [], failuresMax: 1 };
      const [failure] = (await sweepSeeds({ seed: 1, seeds: SEEDS_MAX, ...SIM_DEFAULTS, faults: 'all', ...common })).failures;
      expect(failure!.repeat).toBe(
        `godwit sim --seed ${failure!.seed} --boards ${SIM_DEFAULTS.boards} --commits ${SIM_DEFAULTS.commits} --faults ${failure!.faults.map((fault) => /^#(\d+)/.exec(fault)![1]).join(',')}`,
      );
      const faults = parseFaultChoice(/--faults (\S+)$/.exec(failure!.repeat)![1]!);
      expect(faults.length).toBeLessThan(4);
      const again = await sweepSeeds({ seed: failure!.seed, seeds: 1, ...SIM_DEFAULTS, faults, ...common });
      expect(again.failures[0]!.message).toBe(failure!.message);
      const without = await sweepSeeds({ seed: failure!.seed, seeds: 1, ...SIM_DEFAULTS, faults: 'none', ...common });
      expect(without.failures).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('a patch whose text is not there exactly once is an error', () => {
    const patch = { file: 'x.ts', find: 'a', replace: 'b' };
    expect(applyPatch('cat', patch)).toBe('cbt');
    expect(() => applyPatch('cut', patch)).toThrow(/0 matches/);
    expect(() => applyPatch('banana', patch)).toThrow(/3 matches/);
  });

  it('a patch of a file that is not part of the simulator is an error', async () => {
    await expect(bundleRunner(join(folder, 'none.mjs'), [{ file: 'tools/build.js', find: 'a', replace: 'b' }])).rejects.toThrow(/not part/);
  });
});
