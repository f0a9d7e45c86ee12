import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Fault } from './fault.js';
import { listOf, type Manifest, ManifestError, type ManifestSection, readManifest, sectionFor } from './manifest.js';
import { familyOf, MODDABLE, SDK_VARIABLES, sdkNames } from './sdk-facts.js';

/** A module of the app itself, by the name that XS resolves against. */
export interface Module {
  readonly name: string;
  readonly file: string;
  readonly manifest: string;
}

/** What mcconfig would make of a manifest and all that it includes, for one platform. */
export interface Build {
  readonly platform: string;
  /** TypeScript and JavaScript by module name. */
  readonly modules: ReadonlyMap<string, Module>;
  /** Local declaration files by the name that they declare. */
  readonly declarations: ReadonlyMap<string, string>;
  /** Names that the SDK gives, each preloaded by the SDK. */
  readonly sdk: ReadonlySet<string>;
  readonly preload: ReadonlySet<string>;
  /** Of the manifests' typescript.tsconfig, merged; paths in `types` are absolute. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Includes whose modules are not known here: manifests of the SDK, git repositories. */
  readonly unknown: readonly string[];
  readonly faults: readonly Fault[];
}

/** Resolves the manifest at `path` as mcconfig -p `platform` would. */
export function resolveBuild(path: string, platform: string): Build {
  const resolver = new Resolver(platform);
  resolver.include(path);
  return resolver.finish();
}

/** Paths in messages are relative to where the command was given. */
export function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** mcconfig makes modules of .json files, except manifests. */
function isData(file: string): boolean {
  return file.endsWith('.json') && !basename(file).startsWith('manifest');
}

interface Read {
  readonly path: string;
  readonly sections: readonly ManifestSection[];
}

class Resolver {
  readonly #platform: string;
  readonly #read: Read[] = [];
  readonly #seen = new Set<string>();
  readonly #variables = new Map(Object.entries(SDK_VARIABLES));
  readonly #modules = new Map<string, Module>();
  readonly #files = new Set<string>();
  readonly #declarations = new Map<string, string>();
  readonly #sdk = new Set<string>();
  readonly #preload = new Set<string>();
  readonly #compilerOptions: Record<string, unknown> = {};
  readonly #unknown: string[] = [];
  readonly #faults: Fault[] = [];

  constructor(platform: string) {
    this.#platform = platform;
    const [family, board] = platform.split('/');
    this.#variables
      .set('MODDABLE', MODDABLE)
      .set('PLATFORM', family!)
      .set('SUBPLATFORM', board ?? '');
  }

  /** Depth first, as mcconfig reads: what is included comes before what includes it. */
  include(path: string, includer?: string): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    let manifest: Manifest;
    try {
      manifest = readManifest(path);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      const where = includer === undefined ? error.message : `${error.message}; correct the include, or npm install what it lies in`;
      this.#fault({ rule: 'manifest', manifest: shown(includer ?? path), ...(includer && { at: `include ${shown(path)}` }), text: where });
      return;
    }
    const sections = [manifest, sectionFor(manifest, this.#platform)];
    for (const section of sections) this.#define(section, path);
    for (const section of sections) {
      for (const entry of listOf(section.include)) this.#includeEntry(entry, path);
      if (section.error !== undefined) {
        this.#fault({ rule: 'manifest', manifest: shown(path), text: `refuses ${this.#platform}: ${section.error}` });
      }
    }
    this.#read.push({ path, sections });
  }

  finish(): Build {
    const sources = new Map<string, { readonly source: string; readonly manifest: string }[]>();
    for (const { path, sections } of this.#read) {
      for (const section of sections) {
        this.#settings(section, path);
        for (const [target, list] of Object.entries(section.modules ?? {})) {
          const known = sources.get(target) ?? [];
          for (const entry of listOf(list)) known.push({ source: typeof entry === 'string' ? entry : entry.source, manifest: path });
          sources.set(target, known);
        }
      }
    }
    for (const { source, manifest } of sources.get('~') ?? []) for (const { file } of this.#match(source, manifest)) this.#files.add(file);
    sources.delete('~');
    for (const [target, list] of sources) for (const { source, manifest } of list) this.#addModules(target, source, manifest);
    this.#checkPreload();
    return {
      platform: this.#platform,
      modules: this.#modules,
      declarations: this.#declarations,
      sdk: this.#sdk,
      preload: this.#preload,
      compilerOptions: this.#compilerOptions,
      unknown: this.#unknown,
      faults: this.#faults,
    };
  }

  #fault(fault: Fault): void {
    this.#faults.push(fault);
  }

  #define(section: ManifestSection, manifest: string): void {
    for (const [name, value] of Object.entries(section.build ?? {})) {
      if (typeof value === 'string') this.#variables.set(name, this.#absolute(value, manifest));
    }
  }

  #expand(text: string): string {
    return text.replace(/\$\(([^)]+)\)/g, (whole, name: string) => (name === 'MODDABLE' ? whole : (this.#variables.get(name) ?? whole)));
  }

  #absolute(text: string, manifest: string): string {
    const path = this.#expand(text);
    return path.startsWith('.') ? join(dirname(manifest), path) : path;
  }

  #includeEntry(entry: string | object, manifest: string): void {
    if (typeof entry !== 'string') {
      this.#unknown.push(JSON.stringify(entry));
      return;
    }
    const path = this.#absolute(entry, manifest);
    if (!path.startsWith(MODDABLE)) {
      this.include(path, manifest);
      return;
    }
    const names = sdkNames(path, familyOf(this.#platform));
    if (names === 'unknown') this.#unknown.push(path);
    else if (names === 'refused') {
      this.#fault({
        rule: 'manifest',
        manifest: shown(manifest),
        at: `include ${path}`,
        text: `the SDK has no such thing for ${this.#platform}; include it in the sections of the platforms that have it`,
      });
    } else for (const name of names) this.#sdk.add(name);
  }

  #settings(section: ManifestSection, path: string): void {
    for (const entry of listOf(section.preload)) this.#addPreload(entry, path);
    if (section.config !== undefined && 'ssid' in section.config) {
      this.#fault({
        rule: 'ssid',
        manifest: shown(path),
        at: 'config.ssid',
        text: "holds main back until the board has an address, maybe forever; use a key of your own, or leave Wi-Fi to 'godwit enroll'",
      });
    }
    const options = section.typescript?.tsconfig?.compilerOptions ?? {};
    for (const [name, value] of Object.entries(options)) {
      const resolved = name === 'types' ? listOf(value as string[]).map((entry) => this.#absolute(entry, path)) : value;
      const earlier = this.#compilerOptions[name];
      this.#compilerOptions[name] = Array.isArray(resolved) && Array.isArray(earlier) ? [...resolved, ...earlier] : resolved;
    }
  }

  readonly #preloadedBy = new Map<string, string>();

  #addPreload(entry: string, manifest: string): void {
    this.#preload.add(entry);
    this.#preloadedBy.set(entry, manifest);
  }

  /** Of one source: files and the names that a star gives them. Without extension every kind of file counts. */
  *#match(source: string, manifest: string): Generator<{ file: string; name: string; star: boolean }> {
    const path = this.#absolute(source, manifest);
    if (path.startsWith('$(')) return;
    const folder = dirname(path);
    const wanted = basename(path);
    const star = wanted.lastIndexOf('*');
    const prefix = star >= 0 ? wanted.slice(0, star) : wanted;
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    for (const entry of entries.filter((candidate) => candidate.isFile() && !candidate.name.startsWith('.'))) {
      const bare = entry.name.replace(/(\.d)?\.[^.]+$/, '');
      if (star >= 0 ? bare.startsWith(prefix) : bare === prefix || entry.name === prefix) {
        yield { file: join(folder, entry.name), name: star >= 0 ? bare.slice(prefix.length) : bare, star: star >= 0 };
      }
    }
  }

  #addModules(target: string, source: string, manifest: string): void {
    if (this.#absolute(source, manifest).startsWith(MODDABLE)) return;
    const matches = [...this.#match(source, manifest)];
    const settings = matches.find(({ file, star }) => star && /^(package|tsconfig)[^/]*\.json$/.test(basename(file)));
    if (settings !== undefined) {
      this.#fault({
        rule: 'root-glob',
        manifest: shown(manifest),
        at: `modules "${source}"`,
        text: `takes ${basename(settings.file)} for a module; name the files one by one, or move them to a folder of their own`,
      });
    }
    const [script, data] = [matches.find(({ file }) => /\.([cm]?js|(?<!\.d\.)ts)$/.test(file)), matches.find(({ file }) => isData(file))];
    if (script !== undefined && data !== undefined && !script.star) {
      this.#fault({
        rule: 'manifest',
        manifest: shown(manifest),
        module: target.replace('*', script.name),
        text: `is both ${basename(script.file)} and ${basename(data.file)} to mcconfig; write the file's extension in modules`,
      });
    }
    if (matches.length === 0) {
      this.#fault({
        rule: 'missing-module',
        manifest: shown(manifest),
        module: target.replace('*', basename(source)),
        at: source,
        text: 'there is no such file; correct the path',
      });
    }
    for (const { file, name } of matches) this.#addFile(target.includes('*') ? target.replace('*', name) : target, file, manifest);
  }

  /** The first source of a name wins, and a file has one name. */
  #addFile(name: string, file: string, manifest: string): void {
    if (file.endsWith('.d.ts')) this.#declarations.set(name, file);
    if (!/\.([cm]?js|ts)$/.test(file) || file.endsWith('.d.ts') || this.#files.has(file)) return;
    this.#files.add(file);
    if (!this.#modules.has(name)) this.#modules.set(name, { name, file, manifest });
  }

  #checkPreload(): void {
    for (const entry of this.#preload) {
      const manifest = shown(this.#preloadedBy.get(entry)!);
      const star = entry.indexOf('*');
      if (star < 0) {
        if (this.#modules.has(entry) || this.#sdk.has(entry) || this.#unknown.length > 0) continue;
        this.#fault({
          rule: 'missing-module',
          manifest,
          module: entry,
          at: 'preload',
          text: 'no manifest has a module of this name; correct it, or add it to modules',
        });
        continue;
      }
      const scripts = [...this.#modules.values()].filter(({ name, file }) => name.startsWith(entry.slice(0, star)) && file.endsWith('.ts'));
      if (scripts.length > 0) {
        const list = scripts.map(({ name }) => `"${name}"`).join(', ');
        this.#fault({
          rule: 'preload-wildcard',
          manifest,
          at: `preload "${entry}"`,
          text: `matches no TypeScript: a wildcard in preload is for .js alone; write ${list} instead`,
        });
      }
      for (const { name, file } of this.#modules.values())
        if (!file.endsWith('.ts') && name.startsWith(entry.slice(0, star))) this.#preload.add(name);
    }
  }
}
