import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Packed {
  /** The tarball's files, as paths inside the package. */
  readonly files: readonly string[];
  readonly tarball: string;
  /** An empty project into which the tarball was installed. */
  readonly consumer: string;
  remove(): void;
}

const COMMAND_TIMEOUT_MS = 240_000;

/** Runs a command as a user would: without what `npm test` put into the environment. */
export function command(cwd: string, name: string, ...args: string[]): Outcome {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(npm_(package|lifecycle|config_local)|NODE_OPTIONS|VITEST)/.test(key)),
  );
  return spawnSync(name, args, { cwd, env, encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 });
}

function must(outcome: Outcome, what: string): string {
  if (outcome.status !== 0) throw new Error(`${what} failed (exit code ${outcome.status}):\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome.stdout;
}

/** Installs packages into a folder, with what its package.json names besides. */
export function install(cwd: string, ...packages: readonly string[]): void {
  must(command(cwd, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages), 'npm install');
}

/** Packs the project and installs the tarball, with the TypeScript of `devDependencies`, into an empty folder. */
export function packAndInstall(devDependencies: readonly string[]): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-pack-'));
  const consumer = join(folder, 'consumer');
  try {
    mkdirSync(consumer);
    const packing = must(command(process.cwd(), 'npm', 'pack', '--pack-destination', folder), 'npm pack');
    const tarball = join(folder, packing.trim().split('\n').at(-1) ?? '');
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
    install(consumer, tarball, ...devDependencies);
    const listing = must(command(folder, 'tar', '-tzf', tarball), 'tar');
    return {
      files: listing
        .trim()
        .split('\n')
        .map((path) => path.replace(/^package\//, '')),
      tarball,
      consumer,
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
