// The firmware's network modules on the engine that they are written for.
import { describe, expect, it } from 'vitest';
import { runSuiteOnXs } from '../../sim/xs/suites.js';

describe.each(['mqtt', 'wifi'])('%s.test.ts on XS', (name) => {
  it('passes', async () => {
    const results = await runSuiteOnXs(`test/firmware/${name}.test.ts`);
    expect(results.filter((result) => result.error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(9);
  });
});
