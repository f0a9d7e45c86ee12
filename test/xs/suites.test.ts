// The core's own suites, on the engine they are written for. Each test of test/core is one test here.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../sim/xs/bundle.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { runSuiteOnXs, type TestResult } from '../../sim/xs/suites.js';

const JOBS = 2;

const files = readdirSync(join(REPOSITORY, 'test/core'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => join('test/core', path))
  .sort();

type Outcome = { readonly results: readonly TestResult[]; readonly stopped?: unknown };
const outcomes = new Map<string, Outcome>();

async function runQueue(queue: string[]): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    outcomes.set(
      file,
      await runSuiteOnXs(file).then(
        (results) => ({ results }),
        (stopped: unknown) => ({ results: [], stopped }),
      ),
    );
  }
}

// vitest wants the names before it runs anything, and only the engine knows them.
const queue = [...files];
await Promise.all(Array.from({ length: JOBS }, () => runQueue(queue)));

describe.each(files)(`%s on XS, seed ${suiteSeed()}`, (file) => {
  const { results, stopped } = outcomes.get(file)!;

  it('runs to its end', () => {
    if (stopped !== undefined) throw stopped;
    expect(results.length).toBeGreaterThan(0);
  });

  for (const result of results) {
    it(result.name, () => {
      if (result.error !== undefined) throw new Error(result.error);
    });
  }
});
