import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type OwnPackage, ownPackage } from './package-root.js';

/** The name that the template's files have in place of the project's. */
const TEMPLATE_NAME = 'my-agent';
const TEMPLATE = 'templates/agent';
/** npm leaves files of this name out of a package. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' };
/** What the new project needs besides Godwit, in the versions that Godwit was tested with. */
const TOOLS = ['@moddable/typings', '@types/node', 'typescript'];

export interface NewProject {
  readonly folder: string;
  /** Paths inside the folder. */
  readonly files: readonly string[];
}

/** The folder is there and not empty, or the one above it is missing or takes none: nothing was written. */
export class FolderRefused extends Error {
  override readonly name = 'FolderRefused';
}

/**
 * Makes a folder with an agent, its tests and its firmware. It is written beside its place and moved there whole.
 *
 * @param path its last part is the name of package and agent
 * @throws FolderRefused
 */
export function newProject(path: string): NewProject {
  const folder = resolve(path);
  const above = dirname(folder);
  if (!existsSync(above)) throw new FolderRefused(`there is no folder ${above} to make ${basename(folder)} in`);
  if (existsSync(folder) && !isEmptyFolder(folder)) throw new FolderRefused(`${folder} is there already: take another name, or remove it`);
  const draft = makeDraft(above, basename(folder));
  try {
    writeProject(draft, folder);
    const files = filesUnder(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    return { folder, files };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** With the rights of any new folder, which mkdtemp() does not give. */
function makeDraft(above: string, name: string): string {
  const draft = join(above, `.${name}-${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(draft);
  } catch (error) {
    throw new FolderRefused(`${above} takes no new folder: ${(error as NodeJS.ErrnoException).code}`);
  }
  return draft;
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function writeProject(draft: string, folder: string): void {
  const own = ownPackage();
  const name = basename(folder);
  const template = join(own.folder, TEMPLATE);
  cpSync(template, draft, { recursive: true });
  for (const file of filesUnder(template)) {
    const from = join(draft, file);
    const text = readFileSync(from, 'utf8').replaceAll(TEMPLATE_NAME, name);
    rmSync(from);
    writeFileSync(join(draft, dirname(file), RENAMED[basename(file)] ?? basename(file)), text);
  }
  mkdirSync(join(draft, 'firmware'), { recursive: true });
  writeJson(join(draft, 'package.json'), packageJson(name, folder, own));
  writeJson(join(draft, 'firmware/manifest.json'), firmwareManifest(own));
}

function packageJson(name: string, folder: string, own: OwnPackage): object {
  const pins = Object.fromEntries(TOOLS.map((tool) => [tool, own.devDependencies[tool]]));
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: own.engines,
    scripts: { test: 'tsc && node --test build/js/test/*.test.js', check: 'godwit check firmware' },
    dependencies: { godwit: own.installed ? own.version : `file:${relative(folder, own.folder)}` },
    devDependencies: pins,
  };
}

/** Godwit's own app, with its creation values and their arithmetic, for modules of this folder. */
function firmwareManifest(own: OwnPackage): object {
  const app = JSON.parse(readFileSync(join(own.folder, 'firmware/manifest.json'), 'utf8')) as Record<string, unknown>;
  return {
    ...app,
    include: ['$(MODDABLE)/examples/manifest_base.json', '../node_modules/godwit/firmware/board.json'],
    modules: { '*': ['./main', './agent'] },
    preload: ['main', 'agent'],
  };
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
