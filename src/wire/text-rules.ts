// What bytes from outside must be before they are kept as text. Each rule looks and allocates nothing.

const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;
/** The lowest code that needs so many bytes after the first (no longer form is well-formed). */
const LOWEST_BY_FOLLOWING = [0, 0x80, 0x800, 0x10000];

/** Whether the bytes are well-formed UTF-8 (RFC 3629) without control characters and without marks that turn the direction of writing. */
export function isPrintableUtf8(bytes: Uint8Array, at: number, count: number): boolean {
  const end = at + count;
  while (at < end) {
    const first = bytes[at++]!;
    let following = first < 0x80 ? 0 : (first & 0xe0) === 0xc0 ? 1 : (first & 0xf0) === 0xe0 ? 2 : (first & 0xf8) === 0xf0 ? 3 : -1;
    if (following < 0 || at + following > end) return false;
    const lowest = LOWEST_BY_FOLLOWING[following]!;
    let code = following === 0 ? first : first & (0x3f >> following);
    for (; following > 0; following--) {
      const next = bytes[at++]!;
      if ((next & 0xc0) !== 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    if (code < lowest || code > 0x10ffff || !isPrintableCode(code)) return false;
  }
  return true;
}

function isPrintableCode(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xdfff)) return false;
  // Line and paragraph separators; embeddings, overrides and isolates (Unicode, annex 9).
  return !((code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069));
}

/** Whether all bytes are ASCII from space to tilde. */
export function isPrintableAscii(bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    if (bytes[index]! < 0x20 || bytes[index]! > 0x7e) return false;
  }
  return true;
}

/** A-Z a-z 0-9 _ - */
export function isLinkNameBytes(bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    const code = bytes[index]!;
    if (!isAlphanumeric(code) && code !== UNDERSCORE && code !== HYPHEN) return false;
  }
  return true;
}

/** What names a host: a DNS name, or an address of IP version 4 or 6. */
export function isHostName(bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    const code = bytes[index]!;
    if (!isAlphanumeric(code) && code !== UNDERSCORE && code !== HYPHEN && code !== DOT && code !== COLON) return false;
  }
  return true;
}

export function isHex(bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    const code = bytes[index]!;
    const lower = code | 0x20;
    if (!isDigit(code) && !(lower >= 0x61 && lower <= 0x66)) return false;
  }
  return true;
}

export function isZero(bytes: Uint8Array, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    if (bytes[index] !== 0) return false;
  }
  return true;
}

function isAlphanumeric(code: number): boolean {
  const lower = code | 0x20;
  return isDigit(code) || (lower >= 0x61 && lower <= 0x7a);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
