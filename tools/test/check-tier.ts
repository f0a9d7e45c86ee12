import { createRequire } from 'node:module';
import type { TierResult } from './report.js';
import { run } from './run.js';

const CHECK_TIMEOUT_MS = 120_000;
const { resolve } = createRequire(import.meta.url);

const tsc = resolve('typescript/bin/tsc');
const checks: Readonly<Record<string, readonly string[]>> = {
  'types of everything (tsc)': [tsc, '--noEmit', '-p', 'tsconfig.json'],
  'types of src/ alone (tsc)': [tsc, '--noEmit', '-p', 'tsconfig.core.json'],
  'types of firmware/ alone (tsc)': [tsc, '-p', 'firmware'],
  'lint, format, import order (biome)': [resolve('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  'src/ imports nothing outside src/': ['--import', './tools/ts.js', 'tools/check/core-imports.ts'],
  'every test file belongs to a tier': ['--import', './tools/ts.js', 'tools/check/stray-tests.ts'],
  'manifest.json names and preloads all of src/': ['--import', './tools/ts.js', 'tools/check/manifest.ts'],
  'firmware/board.json names and preloads all of firmware/': ['--import', './tools/ts.js', 'tools/check/board-manifest.ts'],
  'the firmware as mcconfig would read it (godwit check)': ['--import', './tools/ts.js', 'host/cli.ts', 'check', 'firmware'],
  'exact pins, no registry in the lock file': ['--import', './tools/ts.js', 'tools/check/pins.ts'],
};

/** Static checks, side by side; each counts as one test. */
export async function checkTier(): Promise<TierResult> {
  const startMs = performance.now();
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, args]) => {
      const { exitCode, output, timedOut } = await run(process.execPath, args, { timeoutMs: CHECK_TIMEOUT_MS, live: false });
      const ok = exitCode === 0;
      process.stdout.write(` ${ok ? '✓' : '✗'} ${name}${timedOut ? ': out of time' : ''}\n${ok ? '' : output}`);
      return { name, ok };
    }),
  );
  const failed = outcomes.filter((outcome) => !outcome.ok);
  return {
    name: 'check',
    passed: outcomes.length - failed.length,
    failed: failed.length,
    skipped: 0,
    seconds: (performance.now() - startMs) / 1000,
    notes: failed.map((outcome) => `failed: ${outcome.name}`),
  };
}
