import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const TIMEOUT_MS = 120_000;

/** Runs the command from source, as a user would: in a thread whose modules have their fields opened as they are loaded. */
function exhaustive(...args: readonly string[]) {
  const command = ['--import', './tools/ts.js', 'host/cli.ts', 'sim', '--exhaustive', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('godwit sim --exhaustive', () => {
  it(
    'explores, says how far it went and how the runs ended',
    () => {
      const { status, stdout } = exhaustive('--order', 'migrate', '--crashes', '0');
      expect(status).toBe(0);
      expect(stdout).toMatch(/^migrate, 0 crashes: \d+ states, \d+ runs, \d+ choices at most, complete$/m);
      expect(stdout).toContain('B owns epoch 2, migrate done');
    },
    TIMEOUT_MS,
  );

  it(
    'stops after so many states; --json',
    () => {
      const { status, stdout } = exhaustive('--order', 'restore', '--crashes', '1', '--states', '100', '--json');
      expect(status).toBe(0);
      const [found, ...others] = JSON.parse(stdout);
      expect(others).toEqual([]);
      expect(found).toMatchObject({ order: 'restore', crashes: 1, isComplete: false });
      expect(found.states).toBeGreaterThanOrEqual(100);
      expect(found.open).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it.each([
    [['--lease', '5'], /100 to/],
    [['--choices', '0,1'], /name it with --order/],
  ])(
    'refuses %j as wrong usage',
    (args, message) => {
      const { status, stderr } = exhaustive(...args);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
    },
    TIMEOUT_MS,
  );
});
