import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** One change of one source file: `find` must occur in it exactly once. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The source with the patch applied. A text that no longer matches exactly once is an error: the mutant would prove nothing. */
export function applyPatch(source: string, patch: Patch): string {
  const parts = source.split(patch.find);
  if (parts.length !== 2) {
    throw new Error(`${patch.file}: ${parts.length - 1} matches, not 1, for the text to be replaced:\n${patch.find}`);
  }
  return parts.join(patch.replace);
}

function patchPlugin(patches: readonly Patch[], applied: Set<Patch>): Plugin {
  return {
    name: 'patch',
    setup(plugin) {
      plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const mine = patches.filter((patch) => resolve(root, patch.file) === path);
        if (mine.length === 0) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const patch of mine) {
          contents = applyPatch(contents, patch);
          applied.add(patch);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** What runs seeds. */
const SEED_WORKER = 'sim/seed-worker.ts';

/** Bundles the seed runner, or another module, with the patches into `outFile`; every patch must have been applied. */
export async function bundleRunner(outFile: string, patches: readonly Patch[] = [], entry = SEED_WORKER): Promise<void> {
  const applied = new Set<Patch>();
  await build({
    entryPoints: [resolve(root, entry)],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    sourcemap: 'inline',
    keepNames: entry !== SEED_WORKER,
    logLevel: 'silent',
    plugins: [patchPlugin(patches, applied)],
  });
  for (const patch of patches) {
    if (!applied.has(patch)) throw new Error(`${patch.file}: not part of the bundle, so the mutant would prove nothing`);
  }
}
