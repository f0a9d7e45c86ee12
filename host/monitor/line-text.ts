import { printable } from '../printable.js';

/** Of the characters, how many may be none that people write. */
const STRANGE_SHARE_MAX = 0.2;
const TAB_SPACES = '  ';

// ECMA-48: CSI with its parameters, and OSC up to its end; logs are coloured with them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;

/** Whether people wrote these bytes, as UTF-8. No bytes are text. */
export function looksLikeText(bytes: Buffer): boolean {
  const text = plain(bytes);
  const strange = text.match(/\ufffd/g)?.length ?? 0;
  return strange <= text.length * STRANGE_SHARE_MAX;
}

/** Its lines, safe for a terminal: no escape sequence, no control character. */
export function linesOf(bytes: Buffer): string[] {
  const lines = plain(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function plain(bytes: Buffer): string {
  const text = bytes
    .toString('utf8')
    .replace(ESCAPES, '')
    .replace(/\r+(?=\n|$)/g, '')
    .replace(/[\t]/g, TAB_SPACES);
  return text.split('\n').map(printable).join('\n');
}
