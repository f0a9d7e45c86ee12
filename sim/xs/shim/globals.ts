// What test libraries expect of a JavaScript engine and XS has not. These names are given to the test program alone, by the bundler, as
// imports: they are no globals, so a library module in ROM that uses one still fails.
import { host } from '../host-api.js';
import { show } from './show.js';

const line = (...values: unknown[]): void => host.print(values.map((value) => (typeof value === 'string' ? value : show(value))).join(' '));

export const console = { log: line, info: line, warn: line, error: line, debug: line };

export function queueMicrotask(work: () => void): void {
  Promise.resolve().then(work);
}

/** UTF-8 as the standard has it; lone surrogates become U+FFFD. */
export class TextEncoder {
  encode(text = ''): Uint8Array {
    const bytes: number[] = [];
    for (const character of text) {
      const found = character.codePointAt(0)!;
      const code = found >= 0xd800 && found <= 0xdfff ? 0xfffd : found;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return Uint8Array.from(bytes);
  }
}

/** Tests never wait for real time; fast-check names this at its start and calls it for time limits alone. */
export function setTimeout(): never {
  throw new Error('no timers on XS: tests take the time as a value');
}

export function clearTimeout(): void {}
