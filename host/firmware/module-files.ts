import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A file that a source of `modules` stands for. */
export interface ModuleFile {
  readonly file: string;
  /** Its own, or the part that a star stands for. */
  readonly name: string;
  readonly star: boolean;
}

/** What mcconfig finds for a source: without an extension, files of every kind. A path of the SDK has none here. */
export function filesOf(path: string): ModuleFile[] {
  const folder = dirname(path);
  if (path.startsWith('$(') || !existsSync(folder)) return [];
  const wanted = basename(path);
  const at = wanted.lastIndexOf('*');
  const star = at >= 0;
  const prefix = star ? wanted.slice(0, at) : wanted;
  const found: ModuleFile[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const bare = entry.name.replace(/(\.d)?\.[^.]+$/, '');
    if (star ? !bare.startsWith(prefix) : bare !== prefix && entry.name !== prefix) continue;
    found.push({ file: join(folder, entry.name), name: star ? bare.slice(prefix.length) : bare, star });
  }
  return found;
}

/** Code that becomes a module. */
export function isScript(file: string): boolean {
  return /\.([cm]?js|ts)$/.test(file) && !file.endsWith('.d.ts');
}

/** mcconfig makes modules of .json files too, except of manifests. */
export function isData(file: string): boolean {
  return file.endsWith('.json') && !basename(file).startsWith('manifest');
}
