import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type TypeScript from 'typescript';

export type { TypeScript };

/** Something that the check needs is not installed; the text says what to install. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing';
}

function resolveFrom(folder: string, request: string): string | undefined {
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(request);
    } catch {}
  }
  return undefined;
}

/** The compiler of the checked folder, else the one beside Godwit. @throws ToolMissing */
export function findTypeScript(folder: string): typeof TypeScript {
  const path = resolveFrom(folder, 'typescript');
  const found = path === undefined ? undefined : (createRequire(import.meta.url)(path) as typeof TypeScript);
  if (found?.createProgram !== undefined) return found;
  const reason = found === undefined ? 'There is no TypeScript to check with' : 'This TypeScript has no compiler API';
  throw new ToolMissing(`${reason}: npm install --save-dev typescript@6.0.3`);
}

/** Where a tsc lies that mcconfig can call; undefined: none that belongs to the folder or to Godwit. */
export function compilerFolder(folder: string): string | undefined {
  const path = resolveFrom(folder, 'typescript/package.json');
  return path === undefined ? undefined : join(dirname(path), 'bin');
}

/** Folders with declarations of the SDK's modules, ours first. @throws ToolMissing */
export function findTypings(folder: string): string[] {
  const moddable = resolveFrom(folder, '@moddable/typings/xs.d.ts');
  if (moddable === undefined) {
    throw new ToolMissing('There are no declarations of the Moddable SDK: npm install --save-dev @moddable/typings@5.6.0');
  }
  return [ownTypings(), dirname(moddable)];
}

/** From source this file lies two levels below the package, compiled three. */
function ownTypings(): string {
  const here = dirname(new URL(import.meta.url).pathname);
  return [join(here, '../../firmware/typings'), join(here, '../../../firmware/typings')].find((path) => existsSync(path)) ?? here;
}
