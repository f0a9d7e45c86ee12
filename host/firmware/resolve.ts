import { basename, dirname, join, relative } from 'node:path';
import type { Fault, Rule } from './fault.js';
import { listOf, type Manifest, ManifestError, type ManifestSection, readManifest, sectionFor } from './manifest.js';
import { filesOf, isData, isScript } from './module-files.js';
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
  /** With the manifest that names it. */
  readonly #preload = new Map<string, string>();
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
      if (includer === undefined) this.#fault('manifest', path, {}, error.message);
      else {
        const advice = 'correct the include, or npm install what it lies in';
        this.#fault('manifest', includer, { at: `include ${shown(path)}` }, `${error.message}; ${advice}`);
      }
      return;
    }
    const sections = [manifest, sectionFor(manifest, this.#platform)];
    for (const section of sections) this.#define(section, path);
    for (const section of sections) {
      for (const entry of listOf(section.include)) this.#includeEntry(entry, path);
      if (section.error !== undefined) {
        this.#fault('manifest', path, {}, `refuses ${this.#platform}: ${section.error}`);
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
    for (const { source, manifest } of sources.get('~') ?? [])
      for (const { file } of filesOf(this.#absolute(source, manifest))) this.#files.add(file);
    sources.delete('~');
    for (const [target, list] of sources) for (const { source, manifest } of list) this.#addModules(target, source, manifest);
    this.#checkPreload();
    return {
      platform: this.#platform,
      modules: this.#modules,
      declarations: this.#declarations,
      sdk: this.#sdk,
      preload: new Set(this.#preload.keys()),
      compilerOptions: this.#compilerOptions,
      unknown: this.#unknown,
      faults: this.#faults,
    };
  }

  #fault(rule: Rule, manifest: string, where: { readonly module?: string; readonly at?: string }, text: string): void {
    this.#faults.push({ rule, manifest: shown(manifest), ...where, text });
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
      const advice = 'include it in the sections of the platforms that have it';
      this.#fault('manifest', manifest, { at: `include ${path}` }, `the SDK has no such thing for ${this.#platform}; ${advice}`);
    } else for (const name of names) this.#sdk.add(name);
  }

  #settings(section: ManifestSection, path: string): void {
    for (const entry of listOf(section.preload)) this.#preload.set(entry, path);
    if (section.config !== undefined && 'ssid' in section.config) {
      const advice = "use a key of your own, or leave Wi-Fi to 'godwit enroll'";
      this.#fault('ssid', path, { at: 'config.ssid' }, `holds main back until the board has an address, maybe forever; ${advice}`);
    }
    const options = section.typescript?.tsconfig?.compilerOptions ?? {};
    for (const [name, value] of Object.entries(options)) {
      const resolved = name === 'types' ? listOf(value as string[]).map((entry) => this.#absolute(entry, path)) : value;
      const earlier = this.#compilerOptions[name];
      this.#compilerOptions[name] = Array.isArray(resolved) && Array.isArray(earlier) ? [...resolved, ...earlier] : resolved;
    }
  }

  #addModules(target: string, source: string, manifest: string): void {
    if (this.#absolute(source, manifest).startsWith(MODDABLE)) return;
    const matches = filesOf(this.#absolute(source, manifest));
    const settings = matches.find(({ file, star }) => star && /^(package|tsconfig).*\.json$/.test(basename(file)));
    if (settings !== undefined) {
      const advice = 'name the files one by one, or move them to a folder of their own';
      const text = `takes ${basename(settings.file)} for a module; ${advice}`;
      this.#fault('root-glob', manifest, { at: `modules "${source}"` }, text);
    }
    const script = matches.find(({ file, star }) => !star && isScript(file));
    const data = matches.find(({ file }) => isData(file));
    if (script !== undefined && data !== undefined) {
      const text = `is both ${basename(script.file)} and ${basename(data.file)} to mcconfig; write the file's extension in modules`;
      this.#fault('manifest', manifest, { module: target.replace('*', script.name) }, text);
    }
    if (matches.length === 0) {
      const module = target.replace('*', basename(source));
      this.#fault('missing-module', manifest, { module, at: source }, 'there is no such file; correct the path');
    }
    for (const { file, name } of matches) this.#addFile(target.includes('*') ? target.replace('*', name) : target, file, manifest);
  }

  /** The first source of a name wins, and a file has one name. */
  #addFile(name: string, file: string, manifest: string): void {
    if (file.endsWith('.d.ts')) this.#declarations.set(name, file);
    if (!isScript(file) || this.#files.has(file)) return;
    this.#files.add(file);
    if (!this.#modules.has(name)) this.#modules.set(name, { name, file, manifest });
  }

  #checkPreload(): void {
    for (const [entry, manifest] of this.#preload) {
      const star = entry.indexOf('*');
      if (star >= 0) this.#checkWildcard(entry, entry.slice(0, star), manifest);
      else if (!this.#modules.has(entry) && !this.#sdk.has(entry) && this.#unknown.length === 0) {
        const text = 'no manifest has a module of this name; correct it, or add it to modules';
        this.#fault('missing-module', manifest, { module: entry, at: 'preload' }, text);
      }
    }
  }

  #checkWildcard(entry: string, prefix: string, manifest: string): void {
    const matches = [...this.#modules.values()].filter(({ name }) => name.startsWith(prefix));
    for (const { name } of matches.filter(({ file }) => !file.endsWith('.ts'))) this.#preload.set(name, manifest);
    const typed = matches.filter(({ file }) => file.endsWith('.ts')).map(({ name }) => `"${name}"`);
    if (typed.length === 0) return;
    const text = `matches no TypeScript: a wildcard in preload is for .js alone; write ${typed.join(', ')} instead`;
    this.#fault('preload-wildcard', manifest, { at: `preload "${entry}"` }, text);
  }
}
