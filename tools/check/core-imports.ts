// The core must run wherever XS runs: a file in src/ may name only files in src/, by relative path.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import ts from 'typescript';

const CORE = 'src';

/** What `file` names that lies outside the core: imports, exports, import types, dynamic imports, reference comments. */
function strangers(file: string): string[] {
  const info = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  const named = [...info.importedFiles, ...info.referencedFiles, ...info.typeReferenceDirectives, ...info.libReferenceDirectives];
  return named
    .map((reference) => reference.fileName)
    .filter((name) => !name.startsWith('.') || !normalize(join(dirname(file), name)).startsWith(CORE + sep));
}

const files = readdirSync(CORE, { recursive: true })
  .map((name) => join(CORE, String(name)))
  .filter((name) => /\.[cm]?[jt]s$/.test(name));

for (const file of files) {
  for (const name of strangers(file)) {
    process.stderr.write(`${file}: imports ${name}, which is outside ${CORE}/\n`);
    process.exitCode = 1;
  }
}
if (files.length === 0) {
  process.stderr.write(`no source files in ${CORE}/\n`);
  process.exitCode = 1;
}
