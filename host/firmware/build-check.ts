import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import type { Fault } from './fault.js';
import { frozenBuffers } from './frozen-buffers.js';
import { type Import, importsOf } from './imports.js';
import { makeProgram } from './program.js';
import { type Build, type Module, shown } from './resolve.js';
import { findTypeScript, findTypings, type TypeScript } from './typescript.js';
import { findingsIn } from './xs-rules.js';

/** TypeScript's words for a module without declarations: of a value, of a side effect, of JavaScript. */
const MODULE_NOT_FOUND: ReadonlySet<number> = new Set([2307, 2882, 7016]);

/** Reads one build's code: its types, what it imports, and what a board's engine lacks. */
export class BuildCheck {
  readonly #build: Build;
  readonly #manifest: string;
  readonly #ts: typeof TypeScript;
  readonly #typings: readonly string[];
  readonly #program: TypeScript.Program;
  readonly #checker: TypeScript.TypeChecker;
  readonly #faults: Fault[] = [];
  /** Lines that a rule has spoken about: a type error there would say the same in other words. */
  readonly #spoken = new Set<string>();
  readonly #reported = new Set<string>();

  constructor(build: Build, path: string) {
    const folder = dirname(path);
    this.#build = build;
    this.#manifest = shown(path);
    this.#ts = findTypeScript(folder);
    this.#typings = findTypings(folder);
    this.#program = makeProgram(this.#ts, build, folder, this.#typings);
    this.#checker = this.#program.getTypeChecker();
  }

  run(): readonly Fault[] {
    for (const module of this.#build.modules.values()) this.#checkModule(module);
    this.#checkPreloaded();
    this.#checkBuffers();
    this.#checkTypes();
    return this.#faults;
  }

  #source(file: string): TypeScript.SourceFile {
    const known = this.#program.getSourceFile(file);
    return known ?? this.#ts.createSourceFile(file, readFileSync(file, 'utf8'), this.#ts.ScriptTarget.ES2022, true);
  }

  #at(source: TypeScript.SourceFile, position: number): string {
    return `${shown(source.fileName)}:${source.getLineAndCharacterOfPosition(position).line + 1}`;
  }

  #add(fault: Fault): void {
    this.#faults.push(fault);
    if (fault.at !== undefined) this.#spoken.add(fault.at);
  }

  #imports(module: Module): readonly Import[] {
    const { Alias, Value, Type } = this.#ts.SymbolFlags;
    const isType = (name: TypeScript.Node): boolean => {
      let symbol = this.#checker.getSymbolAtLocation(name);
      if (symbol !== undefined && symbol.flags & Alias) symbol = this.#checker.getAliasedSymbol(symbol);
      return symbol !== undefined && (symbol.flags & Value) === 0 && (symbol.flags & Type) !== 0;
    };
    return importsOf(this.#ts, this.#source(module.file), this.#program.getCompilerOptions(), isType);
  }

  #checkModule(module: Module): void {
    const source = this.#source(module.file);
    const isScript = module.file.endsWith('.ts');
    for (const each of this.#imports(module)) this.#checkImport(module, each);
    for (const { rule, position, text } of findingsIn(this.#ts, source, isScript ? this.#checker : undefined)) {
      if (rule !== 'not-in-xs' && !this.#build.preload.has(module.name)) continue;
      this.#add({ rule, manifest: shown(module.manifest), module: module.name, at: this.#at(source, position), text });
    }
  }

  /** The name that XS looks for: relative ones from the importer's NAME, without .js or .mjs. */
  #target(module: Module, specifier: string): string {
    if (!specifier.startsWith('.')) return specifier;
    return posix.join(posix.dirname(module.name), specifier).replace(/\.m?js$/, '');
  }

  #checkImport(module: Module, { specifier, line }: Import): void {
    const name = this.#target(module, specifier);
    if (this.#build.sdk.has(name)) return;
    const at = `imported by ${shown(module.file)}:${line}`;
    const found = this.#build.modules.get(name);
    const beside = specifier.startsWith('.') ? this.#fileBeside(module, specifier) : undefined;
    const fault = (rule: Fault['rule'], text: string): void => {
      this.#add({ rule, manifest: shown(module.manifest), module: name, at, text });
      this.#spoken.add(`${shown(module.file)}:${line}`);
    };
    if (found !== undefined) {
      if (beside !== undefined && beside !== found.file) {
        fault('missing-module', `is ${shown(found.file)} on the board and ${shown(beside)} here; make module names mirror folders`);
      }
      return;
    }
    const isKnown = this.#build.unknown.length === 0;
    // The SDK has modules named url and console too.
    if (isBuiltin(specifier) && (isKnown || specifier.startsWith('node:')))
      fault('not-in-xs', 'is a part of Node, which a board has not; remove the import');
    else if (/\.ts$/.test(specifier)) fault('missing-module', 'XS drops .js from a name, not .ts; import it with .js');
    else if (beside !== undefined)
      fault(
        'missing-module',
        `no manifest names it; add "${name}": "${this.#pathFrom(module, beside)}" to modules, and "${name}" to preload`,
      );
    else if (isKnown || specifier.startsWith('.')) {
      fault(
        'missing-module',
        specifier.startsWith('.')
          ? 'there is no such file; correct the import'
          : 'no manifest names it, and npm packages are not on a board; include the manifest that has it, or remove the import',
      );
    }
  }

  #fileBeside(module: Module, specifier: string): string | undefined {
    const path = join(dirname(module.file), specifier);
    const bare = path.replace(/\.m?js$/, '');
    return [path, `${bare}.ts`, `${bare}.js`, `${bare}.mjs`].find(
      (candidate) => /\.([cm]?js|ts)$/.test(candidate) && existsSync(candidate),
    );
  }

  #pathFrom(module: Module, file: string): string {
    const path = posix.relative(dirname(module.manifest), file).replace(/\.([cm]?js|ts)$/, '');
    return path.startsWith('.') ? path : `./${path}`;
  }

  /** All that main or a preloaded module reaches must be linked into flash: the rest would be loaded into RAM, or not found at all. */
  #checkPreloaded(): void {
    const { modules, preload } = this.#build;
    const main = modules.get('main');
    if (main === undefined && !this.#build.preload.has('main') && this.#build.unknown.length === 0) {
      this.#add({
        rule: 'missing-module',
        manifest: this.#manifest,
        module: 'main',
        text: 'no manifest names it; add "*": "./main" to modules',
      });
    }
    const queue = [...modules.values()].filter(({ name }) => name === 'main' || preload.has(name));
    const reached = new Set(queue);
    const importers = new Map<Module, string>();
    for (const module of queue) {
      if (!preload.has(module.name)) {
        const at = importers.get(module);
        this.#add({
          rule: 'not-preloaded',
          manifest: shown(module.manifest),
          module: module.name,
          ...(at && { at: `imported by ${at}` }),
          text: `is not preloaded and would take RAM; add "${module.name}" to preload`,
        });
      }
      for (const { specifier, line } of this.#imports(module)) {
        const next = modules.get(this.#target(module, specifier));
        if (next === undefined || reached.has(next)) continue;
        reached.add(next);
        importers.set(next, `${shown(module.file)}:${line}`);
        queue.push(next);
      }
    }
  }

  #checkBuffers(): void {
    const preloaded = [...this.#build.modules.values()].filter(({ name, file }) => this.#build.preload.has(name) && file.endsWith('.ts'));
    const byFile = new Map(preloaded.map((module) => [module.file, module]));
    for (const found of frozenBuffers(
      this.#ts,
      preloaded.map(({ file }) => this.#source(file)),
      this.#checker,
    )) {
      const module = byFile.get(found.source.fileName)!;
      const where = this.#at(found.written.source, found.written.position);
      this.#add({
        rule: 'frozen-buffer',
        manifest: shown(module.manifest),
        module: module.name,
        at: this.#at(found.source, found.position),
        text: `${found.name} is read-only in flash once the module is preloaded, and ${where} writes it; make it in a constructor`,
      });
    }
  }

  /** A declaration file that the app brings along. */
  #isOurs(source: TypeScript.SourceFile): boolean {
    return !this.#typings.some((folder) => source.fileName.startsWith(folder));
  }

  #checkTypes(): void {
    const modules = new Map([...this.#build.modules.values()].map((module) => [module.file, module]));
    for (const diagnostic of this.#ts.getPreEmitDiagnostics(this.#program)) {
      // Here stand the SDK's declarations of an older version; what is wrong in them is not the app's.
      if (diagnostic.file?.isDeclarationFile && !this.#isOurs(diagnostic.file)) continue;
      if (this.#build.unknown.length > 0 && MODULE_NOT_FOUND.has(diagnostic.code)) continue;
      const text = this.#ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').replace(/\s+/g, ' ');
      const source = diagnostic.file;
      const at = source && this.#at(source, diagnostic.start ?? 0);
      if (at !== undefined && this.#spoken.has(at)) continue;
      const module = source && modules.get(source.fileName);
      const fault: Fault = {
        rule: 'types',
        manifest: module ? shown(module.manifest) : this.#manifest,
        ...(module && { module: module.name }),
        ...(at && { at }),
        text: `${text} (TS${diagnostic.code})`,
      };
      const key = JSON.stringify(fault);
      if (!this.#reported.has(key)) this.#faults.push(fault);
      this.#reported.add(key);
    }
  }
}
