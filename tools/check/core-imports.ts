// The core must run wherever XS runs: a file in src/ may name only files in src/, by relative path.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import ts from 'typescript';

const core = normalize(process.argv[2] ?? 'src');

/** What `file` names that lies outside the core: imports, exports, import types, dynamic imports, reference comments. */
function strangers(file: string): string[] {
  const info = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  const named = [...info.importedFiles, ...info.referencedFiles, ...info.typeReferenceDirectives, ...info.libReferenceDirectives];
  return named
    .map((reference) => reference.fileName)
    .filter((name) => !name.startsWith('.') || !normalize(join(dirname(file), name)).startsWith(core + sep));
}

const files = readdirSync(core, { recursive: true })
  .map((name) => join(core, String(name)))
  .filter((name) => /\.[cm]?[jt]s$/.test(name));
const faults = files.flatMap((file) => strangers(file).map((name) => `${file}: imports ${name}, which is outside ${core}/`));
if (files.length === 0) faults.push(`no source files in ${core}/`);

for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
