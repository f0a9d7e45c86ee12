import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOVE_FAULT_KINDS } from '../../sim/moves/fault-kinds.js';
import { bundleRunner } from '../../sim/mutants/bundle.js';
import { type SeedSweep, sweepSeeds } from '../../sim/sweep.js';

const SEEDS = 700;
const TIMEOUT_MS = 400_000;
/** What must have happened for the seeds to prove anything. */
const OFTEN: Readonly<Record<string, number>> = {
  'migrate-done': 200,
  'restore-done': 100,
  activations: 400,
  freezes: 200,
  shouts: 10_000,
  outputs: 10_000,
  'order rollback': 20,
  'died at a send': 10,
  'died at a receive': 10,
  'died at a store': 5,
  'died at a flash': 1,
};

describe('agents that move', () => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-moves-'));
  const workerUrl = pathToFileURL(join(folder, 'worker.mjs'));
  const sweep = (seed: number, seeds: number) =>
    sweepSeeds({ seed, seeds, world: 'moves', boards: 3, commits: 1, faults: 'all', workers: 2, workerUrl, execArgv: [] });
  let swept: SeedSweep;

  beforeAll(async () => {
    await bundleRunner(join(folder, 'worker.mjs'));
    swept = await sweep(1, SEEDS);
  }, TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  it(`${SEEDS} seeds: one owner, nothing acknowledged is lost, the count has no gap and no repeat (I1, I2, I4)`, () => {
    expect(swept.failures.map(({ message, repeat, faults }) => `${message}\n${repeat}\n${faults.join('\n')}`)).toEqual([]);
    expect(swept.seeds).toBe(SEEDS);
  });

  it.each([...Object.entries(OFTEN), ...MOVE_FAULT_KINDS.map((kind) => [`fault ${kind}`, 30] as const)])('happens: %s', (what, times) => {
    expect(swept.rarePaths[what] ?? 0).toBeGreaterThanOrEqual(times);
  });

  it('a seed run twice is the same run, event for event (I8)', async () => {
    const first = await sweep(1, 10);
    expect((await sweep(1, 10)).traceHash).toBe(first.traceHash);
    expect((await sweep(2, 10)).traceHash).not.toBe(first.traceHash);
  });

  it('simulated time passes at least 100 times as fast as the real one', () => {
    expect(swept.speedUp).toBeGreaterThan(100);
  });
});
