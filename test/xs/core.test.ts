// What the core needs of a board, read from the engine: I5 (nothing allocated per commit), I7 (cost follows change), the store's cost.
import { beforeAll, describe, expect, it } from 'vitest';
import { nearlyIdle } from '../../bench/workloads/nearly-idle.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { measureRam, measureSteady, measureStores, measureWorkload, STEADY_AGENTS } from '../../sim/xs/measure.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';
import { traceBytes } from '../../sim/xs/trace-bytes.js';

const COMMITS = 10_000;

describe('the core on a board', () => {
  let modules: string[] = [];
  beforeAll(async () => {
    modules = await modulesUnder('src');
  });

  it('is preloaded whole, and then costs the board no memory', async () => {
    expect(modules.length).toBeGreaterThan(20);
    const { counters } = mustBeDone(await runOnXs({ entry: 'sim/xs/programs/empty.ts', preload: modules }));
    expect(counters!.slots).toBeLessThan(60);
    expect(counters!.chunkBytes).toBeLessThan(256);
  });

  it.each(STEADY_AGENTS)(`I5: takes no slot, no chunk and no collection over ${COMMITS} commits: %s`, async (agent) => {
    const { commits, slots, chunkBytes, collections } = await measureSteady(agent, COMMITS);
    expect(commits).toBeGreaterThanOrEqual(COMMITS);
    expect({ slots, chunkBytes, collections }).toEqual({ slots: 0, chunkBytes: 0, collections: 0 });
  });

  it('counts the same computrons every time, and less for equal bits than for a change', async () => {
    const first = await measureStores();
    expect(await measureStores()).toEqual(first);
    expect(first.equal).toBeLessThan(first.later);
    expect(first.later).toBeLessThan(first.first);
  });

  it.each([2048, 65536])('takes at most 2.2 percent of a state of %i bytes and 2 KiB, or 6 KiB with compression', async (stateBytes) => {
    const { memory, stored, modelled } = await measureRam(stateBytes);
    expect(memory.chunkBytes).toBeGreaterThan(0);
    expect(memory.chunkBytes + stored.chunkBytes).toBeLessThanOrEqual(0.022 * stateBytes + 2048);
    expect(memory.chunkBytes + modelled.chunkBytes).toBeLessThanOrEqual(0.022 * stateBytes + 6 * 1024);
  });

  it('I7: a commit costs the same when the state is twice as large', async () => {
    const workload = nearlyIdle(7, 10);
    const costs = await measureWorkload(workload.name, workload.sizeBytes, traceBytes(workload));
    for (const { commit, doubledGrowth, ratio } of [costs.stored, costs.modelled]) {
      expect(commit).toBeGreaterThan(0);
      expect(Math.abs(doubledGrowth)).toBeLessThanOrEqual(0.05);
      expect(ratio).toBeLessThan(1 / 40);
    }
  });
});
