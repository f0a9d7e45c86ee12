import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RARE_PATHS } from '../../sim/checker/rare-paths.js';
import { SIM_DEFAULTS } from '../../sim/limits.js';
import { bundleRunner } from '../../sim/mutants/bundle.js';
import { type SeedSweep, sweepSeeds } from '../../sim/sweep.js';

const SEEDS = 2400;
const WORKERS = 2;
const OFTEN_ENOUGH = 100;
const TIMEOUT_MS = 580_000;

describe('seeds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-sim-'));
  const workerUrl = pathToFileURL(join(folder, 'worker.mjs'));
  const run = (seed: number, seeds: number) =>
    sweepSeeds({ seed, seeds, ...SIM_DEFAULTS, faults: 'all', workers: WORKERS, workerUrl, execArgv: [] });
  let sweep: SeedSweep;
  let cpuMs = 0;

  beforeAll(async () => {
    await bundleRunner(join(folder, 'worker.mjs'));
    const before = process.cpuUsage();
    sweep = await run(1, SEEDS);
    const { user, system } = process.cpuUsage(before);
    cpuMs = (user + system) / 1000;
  }, TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  it(`${SEEDS} seeds of faults break no invariant`, () => {
    expect(sweep.failures.map(({ message, repeat, faults }) => `${message}\n${repeat}\n${faults.join('\n')}`)).toEqual([]);
    expect(sweep.seeds).toBe(SEEDS);
  });

  it.each(RARE_PATHS)('reach the rare path often enough: %s', (path) => {
    expect(sweep.rarePaths[path] ?? 0).toBeGreaterThanOrEqual(OFTEN_ENOUGH);
  });

  it('a seed run twice is the same run, event for event (I8)', async () => {
    const first = await run(1, 20);
    const second = await run(1, 20);
    expect(second.traceHash).toBe(first.traceHash);
    expect(second.events).toBe(first.events);
    expect((await run(2, 20)).traceHash).not.toBe(first.traceHash);
  });

  it('simulated time passes at least 50 times as fast as a processor works on it', () => {
    expect(sweep.virtualMs / cpuMs).toBeGreaterThan(50);
  });
});
