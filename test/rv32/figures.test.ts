// What commits cost in machine instructions, and that the figures are figures: the same in every run, and of the same work as on XS here.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cost, PartCosts } from '../../sim/measure/part-costs.js';
import { type Rv32Result, runOnRv32 } from '../../sim/rv32/run.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';

const BUILD_TIMEOUT_MS = 600_000;

describe('instructions on the emulated board', () => {
  let first: Rv32Result;
  let costs: PartCosts;
  const options = { entry: 'sim/xs/programs/costs.ts', profile: 'nodemcu', name: 'costs' } as const;

  beforeAll(async () => {
    first = mustBeDone(await runOnRv32({ ...options, preload: await modulesUnder('src') }));
    costs = JSON.parse(first.stdout) as PartCosts;
  }, BUILD_TIMEOUT_MS);

  it('are the same to the last digit in every run', async () => {
    const second = mustBeDone(await runOnRv32({ ...options, preload: await modulesUnder('src') }));
    expect(second.stdout).toBe(first.stdout);
    expect(second.counters).toEqual(first.counters);
    expect(second.instructions).toBe(first.instructions);
  });

  it('are counted for the same work as on this machine: every computron, slot, chunk and stack slot agrees', async () => {
    const result = mustBeDone(await runOnXs({ ...options, preload: await modulesUnder('src') }));
    const here = JSON.parse(result.stdout) as PartCosts;
    // Chunks at the end hold the text that was printed, which is longer with instructions in it.
    const { chunkBytes: _here, ...counters } = result.counters!;
    const { chunkBytes: _there, ...countersThere } = first.counters!;
    expect(counters).toEqual(countersThere);
    const computrons = (parts: PartCosts): string =>
      JSON.stringify(parts, (key, value: unknown) => (key === 'instructions' ? undefined : value));
    expect(computrons(here)).toBe(computrons(costs));
    expect(here.hash.perPage.instructions).toBeNull();
  });

  it('are ten to a few hundred to a computron', () => {
    const { store, hash, stored, modelled, frame } = costs;
    for (const { computrons, instructions } of [store.later, hash.perPage, stored.once, modelled.perByte, frame.perByte] as Cost[]) {
      expect(instructions! / computrons).toBeGreaterThan(10);
      expect(instructions! / computrons).toBeLessThan(400);
    }
  });

  it('I7: follow the change, not the state', () => {
    for (const { computrons, instructions } of Object.values(costs.doubled)) {
      expect(Math.abs(instructions!)).toBeLessThanOrEqual(0.05);
      expect(Math.abs(computrons)).toBeLessThanOrEqual(0.05);
    }
    for (const { once, perPage, perByte } of [costs.stored, costs.modelled]) {
      expect(perPage.instructions!).toBeLessThan(once.instructions!);
      expect(perByte.instructions!).toBeLessThan(perPage.instructions!);
    }
  });

  it('of a store to a touched page stay near those of a store without a barrier', () => {
    expect(costs.store.later.instructions! / costs.store.raw.instructions!).toBeLessThan(4);
    expect(costs.store.first.instructions!).toBeGreaterThan(costs.store.later.instructions!);
  });
});
