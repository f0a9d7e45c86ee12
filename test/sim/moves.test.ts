import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOVE_FAULT_KINDS } from '../../sim/moves/fault-kinds.js';
import { bundleRunner } from '../../sim/mutants/bundle.js';
import { type SeedSweep, sweepSeeds } from '../../sim/sweep.js';

const SEEDS = 17_600;
const TIMEOUT_MS = 900_000;
/** Each kind of fault, and each way in which one shows, occurs so often at least. */
const OFTEN = 30;
/** What must have happened for the seeds to prove anything. */
const EVENTS: Readonly<Record<string, number>> = {
  'migrate-done': 5000,
  'restore-done': 4000,
  'migrate-aborted': 100,
  'restore-aborted': 200,
  activations: 10_000,
  'rounds judged': 20_000,
  freezes: 5000,
  shouts: 1_000_000,
  outputs: 1_000_000,
  'order rewind': 1000,
  'order rollback': 200,
  'order abort': 100,
  divergence: 100,
  clone: 100,
  'turn thrown': 500,
  poked: 200,
  'damaged frame': 1000,
  'resealed frame': 100,
  'agent forgotten': OFTEN,
  'two agents want one board': 1000,
  'flash torn: old': OFTEN,
  'flash torn: new': OFTEN,
  'flash torn: neither': OFTEN,
  'died at a send': OFTEN,
  'died at a receive': OFTEN,
  'died at a store': OFTEN,
  'died at a flash': 3,
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

  it(`${SEEDS} seeds: one owner, nothing acknowledged is lost, the count has no gap and no repeat (I1 to I7)`, () => {
    expect(swept.failures.map(({ message, repeat, faults }) => `${message}\n${repeat}\n${faults.join('\n')}`)).toEqual([]);
    expect(swept.seeds).toBe(SEEDS);
  });

  it.each([...Object.entries(EVENTS), ...MOVE_FAULT_KINDS.map((kind) => [`fault ${kind}`, 10 * OFTEN] as const)])(
    'happens: %s',
    (what, times) => {
      expect(swept.rarePaths[what] ?? 0).toBeGreaterThanOrEqual(times);
    },
  );

  it('a seed run twice is the same run, event for event (I8)', async () => {
    const first = await sweep(1, 10);
    expect((await sweep(1, 10)).traceHash).toBe(first.traceHash);
    expect((await sweep(2, 10)).traceHash).not.toBe(first.traceHash);
  });

  it('simulated time passes at least 100 times as fast as the real one', () => {
    expect(swept.speedUp).toBeGreaterThan(100);
  });
});
