import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closingLines, succeeded, type TierResult } from '../../tools/test/report.js';
import { count, type VitestReport } from '../../tools/test/vitest-tier.js';

const ended = (exitCode: number | null) => ({ exitCode, timedOut: false });

function report(overrides: Partial<VitestReport> = {}): VitestReport {
  return { success: true, numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...overrides };
}

describe('counts of a tier', () => {
  test('a clean run', () => {
    expect(count('core', ended(0), report(), 1)).toMatchObject({ passed: 3, failed: 0, skipped: 0, notes: [] });
  });

  test('failed and skipped tests', () => {
    const failing = report({ success: false, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 });
    expect(count('core', ended(1), failing, 1)).toMatchObject({ passed: 3, failed: 2, skipped: 2 });
  });

  test('a file that could not be loaded is a failure', () => {
    const broken = report({ success: false, testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] });
    expect(count('core', ended(1), broken, 1)).toMatchObject({ failed: 1, notes: ['file failed outside its tests: a.test.ts'] });
  });

  test('a file with failed tests is not counted twice', () => {
    const file = { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
    expect(count('core', ended(1), report({ success: false, numFailedTests: 1, testResults: [file] }), 1).failed).toBe(1);
  });

  test('an error outside any test is a failure', () => {
    expect(count('core', ended(1), report(), 1)).toMatchObject({ passed: 3, failed: 1 });
  });

  test('no report is a failure, whatever the exit code', () => {
    expect(count('core', ended(0), undefined, 1)).toMatchObject({ passed: 0, failed: 1 });
    expect(count('core', ended(null), undefined, 1)).toMatchObject({ passed: 0, failed: 1 });
  });

  test('running out of time is a failure even with a clean report', () => {
    expect(count('core', { exitCode: null, timedOut: true }, report(), 1).failed).toBe(1);
  });
});

describe('closing lines', () => {
  const tier = (overrides: Partial<TierResult>): TierResult => ({
    name: 'core',
    passed: 5,
    failed: 0,
    skipped: 0,
    seconds: 1,
    notes: [],
    ...overrides,
  });
  const last = (results: TierResult[]) => closingLines(results).split('\n').at(-1);

  test('the last line is the counts over all tiers', () => {
    expect(last([tier({}), tier({ passed: 2, notes: ['something'] })])).toBe('7 passed, 0 failed');
    expect(last([tier({}), tier({ passed: 0, failed: 1, skipped: 4 })])).toBe('5 passed, 1 failed, 4 skipped');
  });

  test('only a run that passed something and failed nothing succeeds', () => {
    expect(succeeded([tier({})], true)).toBe(true);
    expect(succeeded([tier({}), tier({ failed: 1 })], false)).toBe(false);
    expect(succeeded([tier({ passed: 0 })], false)).toBe(false);
  });

  test('a skip is allowed unless everything is required', () => {
    expect(succeeded([tier({ skipped: 1 })], false)).toBe(true);
    expect(succeeded([tier({ skipped: 1 })], true)).toBe(false);
  });
});

describe('the check of imports of the core', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'godwit-core-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const check = (source?: string) => {
    if (source !== undefined) writeFileSync(join(folder, 'a.ts'), source);
    return spawnSync(process.execPath, ['--import', './tools/ts.js', 'tools/check/core-imports.ts', folder], { encoding: 'utf8' });
  };

  test('accepts imports inside the core', () => {
    expect(check("import { b } from './b.js';\nexport * from './c/d.js';\nexport const a = b;\n").status).toBe(0);
  });

  test.each([
    "import { readFileSync } from 'node:fs';",
    "import type { Socket } from 'net';",
    "export { run } from '../host/run.js';",
    "export const lazy = () => import('ws');",
    "export type T = import('../sim/clock.js').Clock;",
    '/// <reference types="node" />',
  ])('refuses %s', (source) => {
    const { status, stderr } = check(`${source}\n`);
    expect(status).toBe(1);
    expect(stderr).toContain('is outside');
  });

  test('refuses an empty core', () => {
    expect(check().status).toBe(1);
  });
});
