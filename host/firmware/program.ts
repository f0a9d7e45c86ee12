import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Build } from './resolve.js';
import { declarationPath } from './sdk-facts.js';
import type { TypeScript } from './typescript.js';

type Ts = typeof TypeScript;

/** Declares modules that no folder of typings knows; mcconfig finds their JavaScript instead. */
const UNTYPED = 'godwit-untyped-modules.d.ts';

/**
 * The app's TypeScript as mcconfig has it compiled: `paths` of the manifests' names, and of a tsconfig.json what the manifests say of
 * it. The project's own tsconfig.json counts for nothing. (mcconfig: class TSConfigFile in tools/mcmanifest.js.)
 */
export function makeProgram(ts: Ts, build: Build, folder: string, typings: readonly string[]): TypeScript.Program {
  const paths: Record<string, string[]> = {};
  const untyped: string[] = [];
  for (const name of build.sdk) {
    const file = typings.map((root) => join(root, declarationPath(name))).find((path) => existsSync(path));
    if (file === undefined) untyped.push(name);
    else paths[name] = [file];
  }
  for (const common of ['embedded:io/_common', 'embedded:io/system', 'embedded:provider/builtin']) {
    const file = join(typings[typings.length - 1]!, declarationPath(common));
    if (existsSync(file)) paths[common] ??= [file];
  }
  for (const [name, file] of build.declarations) paths[name] = [file];
  for (const { name, file } of build.modules.values()) if (file.endsWith('.ts')) paths[name] = [file];

  const { types, ...rest } = build.compilerOptions;
  const converted = ts.convertCompilerOptionsFromJson(
    {
      forceConsistentCasingInFileNames: true,
      resolveJsonModule: true,
      target: 'es2024',
      lib: ['es2024'],
      ...rest,
      types: [],
      noEmit: true,
    },
    folder,
  );
  const options: TypeScript.CompilerOptions = {
    ...converted.options,
    module: ts.ModuleKind.Preserve,
    paths,
    configFilePath: join(folder, 'manifest.json'),
  };
  const globals = [join(typings[typings.length - 1]!, 'xs.d.ts'), join(typings[typings.length - 1]!, 'global.d.ts'), ...ambients(types)];
  const roots = [...build.modules.values()].map(({ file }) => file).filter((file) => file.endsWith('.ts'));
  const untypedPath = join(folder, UNTYPED);
  return ts.createProgram({
    rootNames: [...roots, ...globals, untypedPath],
    options,
    host: withFile(ts, options, untypedPath, untyped.map((name) => `declare module '${name}';\n`).join('')),
  });
}

/** Files of `types`; those of the SDK stand in @moddable/typings. */
function ambients(types: unknown): string[] {
  if (!Array.isArray(types)) return [];
  return types
    .filter((path): path is string => typeof path === 'string' && !path.startsWith('$('))
    .map((path) => (path.endsWith('.d.ts') ? path : `${path}.d.ts`));
}

/** A compiler host that has one file more than the disk. */
function withFile(ts: Ts, options: TypeScript.CompilerOptions, path: string, text: string): TypeScript.CompilerHost {
  const host = ts.createCompilerHost(options);
  const disk = { getSourceFile: host.getSourceFile, fileExists: host.fileExists, readFile: host.readFile };
  host.fileExists = (name) => name === path || disk.fileExists(name);
  host.readFile = (name) => (name === path ? text : disk.readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : disk.getSourceFile(name, ...rest);
  return host;
}
