import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const TIMEOUT_MS = 120_000;

/** Runs the command from source, as a user would. */
function godwit(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', './tools/ts.js', 'host/cli.ts', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('godwit sim', () => {
  it(
    'runs seeds and says with --json what came of them; the same seeds give the same trace',
    () => {
      const [first, second] = [1, 2].map((workers) =>
        godwit('sim', '--seeds', '4', '--seed', '11', '--json', '--workers', String(workers)),
      );
      expect(first!.stderr).toBe('');
      expect(first!.status).toBe(0);
      const report = JSON.parse(first!.stdout);
      expect(report).toMatchObject({ seeds: 4, failures: [] });
      expect(report.commits).toBeGreaterThan(4 * 3 * 30 - 1);
      expect(Object.keys(report.rarePaths).length).toBeGreaterThan(5);
      expect(JSON.parse(second!.stdout).traceHash).toBe(report.traceHash);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['999', 'there is no 999'],
    ['0 --seeds 2', 'one seed'],
  ])(
    'refuses places that are in no list: --faults %s',
    (faults, reason) => {
      const { status, stderr } = godwit('sim', '--faults', ...faults.split(' '));
      expect(stderr).toContain(reason);
      expect(status).toBe(2);
    },
    TIMEOUT_MS,
  );

  it(
    'shows people a table and a verdict',
    () => {
      const { status, stdout } = godwit('sim', '--boards', '1', '--commits', '5', '--faults', 'loss,crash');
      expect(status).toBe(0);
      expect(stdout).toMatch(/1 seeds?, \d+ commits/);
      expect(stdout).toMatch(/every invariant held/);
    },
    TIMEOUT_MS,
  );

  it.each([
    [['--faults', 'lost'], /no such fault: "lost"/],
    [['--seeds', '0'], /whole number/],
    [['--seed', '4294967295', '--seeds', '2'], /seeds end at/],
    [['--boards', '65'], /1 to 64/],
    [['--commits', 'many'], /whole number/],
    [['--bords', '3'], /unknown option/],
    [['extra'], /too many arguments|unexpected/i],
  ])(
    'refuses %j as wrong usage',
    (args, message) => {
      const { status, stdout, stderr } = godwit('sim', ...args);
      expect(stderr).toMatch(message);
      expect(stdout).toBe('');
      expect(status).toBe(2);
    },
    TIMEOUT_MS,
  );
});
