// JavaScript text to the engine's bytecode, on this machine: the same bytes for every machine that runs it.
import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const TIMEOUT_MS = 120_000;

export type Bytecode = { readonly path: string; readonly sizeBytes: number };

/** Writes NAME.js and NAME.gxb into `folder`. @throws Error with the engine's words for what does not parse */
export function compileBytecode(host: string, folder: string, name: string, text: string): Promise<Bytecode> {
  const source = join(folder, `${name}.js`);
  const path = join(folder, `${name}.gxb`);
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _stdout: string, stderr: string): void => {
      if (error === null) stat(path).then(({ size }) => resolve({ path, sizeBytes: size }), reject);
      else reject(new Error(`XS does not compile the ${name}: ${stderr.trim() || error.message}`));
    };
    writeFile(source, text).then(() => execFile(host, ['compile', source, path], { timeout: TIMEOUT_MS }, done), reject);
  });
}
