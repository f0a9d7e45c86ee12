// Bundles TypeScript for XS: library modules that are preloaded into ROM, and a program that uses them. Programs import library modules
// by their usual paths; what is in ROM is taken from there instead of being bundled again, as on a board.
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

export type BundleOptions = {
  /** The program: a path from the repository's root, or its text. */
  readonly entry: string | { readonly text: string };
  /** Library modules for ROM, paths from the repository's root; each is one module there, whoever imports it. */
  readonly preload?: readonly string[];
  /** Bare module names that the program gets from a file of the repository instead. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Files whose exports stand for globals, in the program alone: ROM never sees them. */
  readonly inject?: readonly string[];
  /** Text constants, `declare const NAME: string` in the program and in what is preloaded. */
  readonly define?: Readonly<Record<string, string>>;
};

export type Bundle = { readonly rom: string | undefined; readonly program: string };

const COMMON: BuildOptions = {
  absWorkingDir: REPOSITORY,
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['import', 'default'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  banner: { js: '"use strict";' },
};

/** Gives both parts as JavaScript text. Throws with esbuild's list of errors where an import cannot be resolved. */
export async function bundleForXs(options: BundleOptions): Promise<Bundle> {
  const preload = [...(options.preload ?? [])].sort();
  const define = Object.fromEntries(Object.entries(options.define ?? {}).map(([name, text]) => [name, JSON.stringify(text)]));
  const rom = preload.length === 0 ? undefined : await bundleText({ stdin: romEntry(preload), define });
  const program = await bundleText({
    ...(typeof options.entry === 'string' ? { entryPoints: [options.entry] } : { stdin: fromRoot(options.entry.text) }),
    plugins: [fromRom(preload, await exportsOf(preload))],
    inject: [...(options.inject ?? [])],
    alias: Object.fromEntries(Object.entries(options.alias ?? {}).map(([name, path]) => [name, join(REPOSITORY, path)])),
    define,
  });
  return { rom, program };
}

async function bundleText(options: BuildOptions): Promise<string> {
  const result = await build({ ...COMMON, ...options });
  const output = result.outputFiles?.[0];
  if (output === undefined) throw new Error('esbuild gave no output');
  return output.text;
}

// The registry is a frozen global of the ROM machine, so that reading it costs a program nothing but the reading.
function romEntry(preload: readonly string[]): NonNullable<BuildOptions['stdin']> {
  const imports = preload.map((path, index) => `import * as m${index} from ${JSON.stringify(`./${path}`)};`);
  const entries = preload.map((path, index) => `  ${JSON.stringify(path)}: m${index},`);
  return fromRoot([...imports, 'globalThis.rom = Object.freeze({', ...entries, '});'].join('\n'));
}

function fromRoot(contents: string): NonNullable<BuildOptions['stdin']> {
  return { contents, resolveDir: REPOSITORY, loader: 'ts' };
}

async function exportsOf(preload: readonly string[]): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  if (preload.length === 0) return names;
  const { banner: _, ...common } = COMMON;
  const result = await build({ ...common, format: 'esm', entryPoints: [...preload], outdir: 'out', outbase: '.', metafile: true });
  for (const output of Object.values(result.metafile?.outputs ?? {})) {
    if (output.entryPoint !== undefined) names.set(output.entryPoint, output.exports);
  }
  return names;
}

function fromRom(preload: readonly string[], names: ReadonlyMap<string, string[]>): Plugin {
  const inRom = new Set(preload);
  return {
    name: 'rom',
    setup(builder) {
      builder.onResolve({ filter: /^(\.\.?|godwit)\// }, async (args) => {
        if (args.pluginData === 'rom') return undefined;
        const found = await builder.resolve(args.path, {
          resolveDir: args.resolveDir,
          importer: args.importer,
          kind: args.kind,
          pluginData: 'rom',
        });
        const path = relative(REPOSITORY, found.path).replaceAll('\\', '/');
        return found.errors.length === 0 && inRom.has(path) ? { path, namespace: 'rom' } : found;
      });
      builder.onLoad({ filter: /.*/, namespace: 'rom' }, (args) => {
        const source = `globalThis.rom[${JSON.stringify(args.path)}]`;
        const lines = (names.get(args.path) ?? []).map((name) =>
          name === 'default' ? 'export default m.default;' : `export const ${name} = m.${name};`,
        );
        return { contents: [`const m = ${source};`, ...lines].join('\n'), loader: 'js' };
      });
    },
  };
}

/** Every library module under `folder` (from the repository's root), for `preload`. */
export async function modulesUnder(folder: string): Promise<string[]> {
  const found = await readdir(join(REPOSITORY, folder), { recursive: true });
  return found
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .sort();
}
