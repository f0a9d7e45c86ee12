import { readFileSync } from 'node:fs';
import { CommandFailed, WrongUsage } from './failure.js';

export const STANDARD_INPUT = '-';
const SECRET_BYTES_MAX = 1024;

/**
 * A password from a file, from standard input, or from the environment, in this order; undefined if nobody gives one. One line break
 * at its end is not part of it.
 *
 * @param what for messages, such as "the Wi-Fi password"
 */
export function readSecret(what: string, file: string | undefined, variable: string): string | undefined {
  const secret = file === undefined ? process.env[variable] : readText(what, file).replace(/\r?\n$/, '');
  if (secret === '' && file !== undefined) throw new WrongUsage(`${what} in ${nameOf(file)} is empty`);
  return secret === '' ? undefined : secret;
}

function readText(what: string, file: string): string {
  try {
    const bytes = readFileSync(file === STANDARD_INPUT ? process.stdin.fd : file);
    if (bytes.length > SECRET_BYTES_MAX) throw new RangeError(`more than ${SECRET_BYTES_MAX} bytes`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CommandFailed(`${what} cannot be read from ${nameOf(file)}: ${(error as Error).message}`);
  }
}

function nameOf(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : file;
}
