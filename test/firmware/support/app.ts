import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folders: string[] = [];

/** A small Moddable app that `godwit check` has nothing to object to; files to add or replace, by path, objects as JSON. */
export function makeApp(changes: Readonly<Record<string, string | object>> = {}): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'godwit-app-'));
  folders.push(folder);
  const files: Record<string, string | object> = {
    'manifest.json': manifest(),
    'main.ts': "import { half } from './half.js';\nexport default function main(): void {\n  trace(half(4));\n}\n",
    'half.ts': 'export function half(value: number): number {\n  return value / 2;\n}\n',
    ...changes,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
  return folder;
}

/** The manifest of that app, with `changes` at its top. */
export function manifest(changes: object = {}): object {
  return {
    include: ['$(MODDABLE)/examples/manifest_base.json'],
    modules: { '*': ['./main', './half'] },
    preload: ['main', 'half'],
    creation: { stack: 512 },
    typescript: { tsconfig: { compilerOptions: { strict: true, skipLibCheck: true } } },
    ...changes,
  };
}

export function removeApps(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
