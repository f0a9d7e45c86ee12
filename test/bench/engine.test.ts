import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('says what is missing where the engines cannot be built, and what installs it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'godwit-no-tools-'));
  const run = spawnSync(process.execPath, ['--import', './tools/ts.js', 'host/cli.ts', 'bench', '--parts', 'engine'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: empty },
    timeout: 120_000,
  });
  rmdirSync(empty);
  expect(run.status, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/XS was not measured: no C compiler .* apt-get install -y gcc/);
  expect(run.stdout).toMatch(/the emulated board was not measured: .* install them: apt-get install -y qemu-system-misc/);
});
