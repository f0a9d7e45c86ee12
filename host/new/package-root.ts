import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface OwnPackage {
  readonly folder: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Installed by npm, not a clone. */
  readonly installed: boolean;
}

/** Godwit's own package: the folder above this file, from source or compiled. */
export function ownPackage(): OwnPackage {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Omit<OwnPackage, 'folder' | 'installed'>;
  return { ...manifest, folder, installed: folder.split(/[\\/]/).includes('node_modules') };
}
