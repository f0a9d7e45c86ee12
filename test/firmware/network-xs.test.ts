// The firmware's network modules on the engine that they are written for.
import { describe, expect, it } from 'vitest';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';
import { runSuiteOnXs } from '../../sim/xs/suites.js';

describe.each(['mqtt', 'wifi', 'mqtt-board', 'switch'])('%s.test.ts on XS', (name) => {
  it('passes', async () => {
    const results = await runSuiteOnXs(`test/firmware/${name}.test.ts`, { inject: ['sim/xs/shim/globals.ts', 'sim/xs/shim/node.ts'] });
    expect(results.filter((result) => result.error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(1);
  });
});

it('I5: 300 outages of ten minutes, thousands of attempts: nothing is left of them in memory', async () => {
  const result = await runOnXs({
    entry: 'test/firmware/programs/network-outages.ts',
    preload: await modulesUnder('src'),
    args: ['300'],
    profile: 'roomy',
  });
  const found = JSON.parse(mustBeDone(result).stdout) as Record<string, number>;
  expect(found.attempts).toBeGreaterThan(4_000);
  expect(found.wifiAttempts).toBeGreaterThan(1_000);
  expect(found.slots).toBeLessThanOrEqual(16);
  expect(found.chunkBytes).toBeLessThanOrEqual(256);
});
