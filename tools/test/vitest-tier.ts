import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { searchPath } from './needs.js';
import type { TierResult } from './report.js';
import { type RunResult, run } from './run.js';

/** The part of Vitest's JSON report that is used here. */
export interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

export function hasTests(tier: string): boolean {
  const folder = join('test', tier);
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'));
}

/** Counts of one run. A file that failed to load has no failed test of its own, a crash has no report: each is one failure. */
export function count(
  tier: string,
  result: Pick<RunResult, 'exitCode' | 'timedOut'>,
  report: VitestReport | undefined,
  seconds: number,
): TierResult {
  const notes: string[] = [];
  if (result.timedOut) notes.push(`stopped after ${seconds.toFixed(0)} s: out of time`);
  if (!report) {
    if (!result.timedOut) notes.push(`vitest ended without a report (exit code ${result.exitCode})`);
    return { name: tier, passed: 0, failed: 1, skipped: 0, seconds, notes };
  }
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  for (const file of broken) notes.push(`file failed outside its tests: ${file.name}`);
  let failed = report.numFailedTests + broken.length;
  if (failed === 0 && (result.exitCode !== 0 || !report.success)) {
    failed = 1;
    notes.push(`vitest failed outside any test (exit code ${result.exitCode})`);
  }
  return { name: tier, passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests, seconds, notes };
}

export async function vitestTier(tier: string, timeoutMs: number): Promise<TierResult> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-test-'));
  const reportPath = join(folder, 'report.json');
  const startMs = performance.now();
  try {
    const args = [VITEST, 'run', '--project', tier, '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
    const result = await run(process.execPath, args, { timeoutMs, live: true, env: { ...process.env, PATH: searchPath } });
    const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, 'utf8')) as VitestReport) : undefined;
    return count(tier, result, report, (performance.now() - startMs) / 1000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
