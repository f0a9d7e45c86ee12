// Runs a test file written for vitest on XS: the library from ROM, the test and its tools in a roomy machine.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleOptions, modulesUnder, REPOSITORY } from './bundle.js';
import { mustBeDone, type RunOptions, runOnXs, type XsResult } from './run.js';
import { suiteSeed } from './suite-seed.js';

// The mark and the shape of vitest-shim.ts, which cannot be imported here: it needs the engine's host.
const RESULT_MARK = '#test ';
export type TestResult = { readonly name: string; readonly error?: string; readonly computrons: number };

/** Runs a bundle; default: the engine on this machine. */
export type Engine = (options: BundleOptions & RunOptions) => Promise<XsResult>;

/**
 * Runs one test file on XS and gives a result per test, in order. Throws where the file cannot be bundled for XS (it imports Node's
 * modules) or the machine stops, with the last test that ended.
 */
export async function runSuiteOnXs(
  file: string,
  options: RunOptions & Pick<BundleOptions, 'inject'> & { seed?: number; engine?: Engine } = {},
): Promise<TestResult[]> {
  const { seed = suiteSeed(), engine = runOnXs, ...runOptions } = options;
  const usesFastCheck = (await readFile(join(REPOSITORY, file), 'utf8')).includes("'fast-check'");
  const text = [
    ...(usesFastCheck ? ["import fc from 'fast-check';", `fc.configureGlobal({ seed: ${seed} });`] : []),
    `import { runAll } from 'vitest';`,
    `import ${JSON.stringify(`./${file}`)};`,
    'runAll();',
  ].join('\n');
  const result = await engine({
    entry: { text },
    preload: await modulesUnder('src'),
    alias: { vitest: 'sim/xs/vitest-shim.ts' },
    inject: ['sim/xs/shim/globals.ts'],
    profile: 'roomy',
    timeoutMs: 300_000,
    ...runOptions,
  });
  const lines = result.stdout.split('\n').filter((line) => line.startsWith(RESULT_MARK));
  const results = lines.map((line) => JSON.parse(line.slice(RESULT_MARK.length)) as TestResult);
  if (result.exitCode !== 0) {
    const last = results.at(-1);
    throw new Error(`${file} stopped on XS after ${last === undefined ? 'no test' : `"${last.name}"`}`, { cause: stopOf(result) });
  }
  return results;
}

function stopOf(result: Parameters<typeof mustBeDone>[0]): unknown {
  try {
    mustBeDone(result);
  } catch (error) {
    return error;
  }
  return undefined;
}
