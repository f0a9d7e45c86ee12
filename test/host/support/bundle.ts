import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface Bundle {
  readonly path: string;
  remove(): void;
}

/** One JavaScript file from a TypeScript program, so that a child process starts in a fraction of a second. Run from the repository's root. */
export async function bundle(source: string): Promise<Bundle> {
  mkdirSync('build', { recursive: true });
  // Inside the repository, so that packages are found.
  const folder = mkdtempSync(join('build', 'test-'));
  // Split, so that what a command loads only when it runs is not loaded before.
  const options = { bundle: true, splitting: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ ...options, entryPoints: { main: source }, outdir: folder, outExtension: { '.js': '.mjs' } });
  const path = join(folder, 'main.mjs');
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
