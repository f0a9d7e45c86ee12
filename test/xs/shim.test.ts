import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { runSuiteOnXs, type TestResult } from '../../sim/xs/suites.js';

describe('vitest and fast-check on XS', () => {
  let results: TestResult[] = [];

  it('run a suite to its end', async () => {
    results = await runSuiteOnXs('test/xs/programs/shim-sample.ts');
    expect(results).toHaveLength(13);
  });

  it('pass what holds', () => {
    const failed = results.filter((result) => !result.name.startsWith('fails') && result.error !== undefined);
    expect(failed).toEqual([]);
    expect(results.map((result) => result.name)).toContain('passes > rows 3 < 4');
  });

  it('fail what does not hold, and say why', () => {
    const failures = results.filter((result) => result.name.startsWith('fails'));
    const reasons = [
      /expected \{ a: 1 \} to equal \{ a: 2 \}/,
      /rejected/,
      /to throw "anything"/,
      /threw Error: one/,
      /Counterexample: \[50\]/,
    ];
    expect(failures).toHaveLength(reasons.length);
    for (const [index, reason] of reasons.entries()) expect(failures[index]?.error).toMatch(reason);
  });

  it('shrink to the same counterexample from the same seed as on Node', () => {
    const details = fc.check(
      fc.property(fc.integer({ min: 0, max: 100 }), (value) => value < 50),
      { seed: suiteSeed() },
    );
    const onXs = results.at(-1)?.error ?? '';
    expect(onXs).toContain(`Property failed after ${details.numRuns} tests`);
    expect(onXs).toContain(`seed: ${suiteSeed()}, path: "${details.counterexamplePath}"`);
  });

  it('give the tools what they need and the library nothing', async () => {
    const { stdout } = mustBeDone(
      await runOnXs({
        entry: 'test/xs/programs/leak.ts',
        preload: ['test/xs/programs/careless.ts'],
        inject: ['sim/xs/shim/globals.ts'],
        profile: 'roomy',
      }),
    );
    expect(stdout.split('\n')).toEqual([
      'program 195,169',
      'ReferenceError: get console: undefined variable',
      'ReferenceError: get TextEncoder: undefined variable',
      '',
    ]);
  });
});
