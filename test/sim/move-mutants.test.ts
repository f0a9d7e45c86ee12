import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleRunner } from '../../sim/mutants/bundle.js';
import { MOVE_MUTANTS } from '../../sim/mutants/move-mutants.js';
import { sweepSeeds } from '../../sim/sweep.js';

/** A mutant is caught within so many seeds, or it is not caught; the code as it is passes them all in moves.test.ts. */
const SEEDS_MAX = 700;
const TIMEOUT_MS = 200_000;

describe('mutants of the protocol that moves agents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-move-mutants-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(MOVE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'is caught: %s',
    async (name, { breaks, patches }) => {
      const outFile = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
      await bundleRunner(outFile, patches);
      const { failures } = await sweepSeeds({
        seed: 1,
        seeds: SEEDS_MAX,
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
      expect(failures.length, `${breaks}, and nobody noticed in ${SEEDS_MAX} seeds`).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
