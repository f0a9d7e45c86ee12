// UTF-8 (RFC 3629) to and from strings, with the same result on engines that index strings by code unit and by code point.

/** Index step over a character beyond U+FFFF: 2 where strings are indexed by code unit, 1 by code point. */
const ASTRAL_STEP = '\u{1F600}'.length;
const REPLACEMENT = 0xfffd;

/** Called with .call: XS makes an object of a string to look up a method or `length` in it. Undefined means the end of the text. */
const { codePointAt } = String.prototype;

/**
 * Encodes `text` into `target` from `at` on, never past `at + limit`. A lone surrogate becomes U+FFFD.
 * @returns the bytes written, or -1 if they do not fit (then the bytes after `at` are undefined)
 */
export function encodeUtf8(text: string, target: Uint8Array, at: number, limit: number): number {
  const end = at + limit;
  let to = at;
  let index = 0;
  for (let code = codePointAt.call(text, 0); code !== undefined; code = codePointAt.call(text, index)) {
    index += code > 0xffff ? ASTRAL_STEP : 1;
    if (code < 0x80) {
      if (to >= end) return -1;
      target[to++] = code;
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      // An engine that indexes by code point keeps two joined halves as two characters.
      const low = code <= 0xdbff ? (codePointAt.call(text, index) ?? 0) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        index++;
      } else {
        code = REPLACEMENT;
      }
    }
    to = putCode(code, target, to, end);
    if (to < 0) return -1;
  }
  return to - at;
}

/** Bytes that `text` takes as UTF-8. */
export function utf8Bytes(text: string): number {
  let count = 0;
  let wasHigh = false;
  let index = 0;
  for (let code = codePointAt.call(text, 0); code !== undefined; code = codePointAt.call(text, index)) {
    index += code > 0xffff ? ASTRAL_STEP : 1;
    const joins = wasHigh && code >= 0xdc00 && code <= 0xdfff;
    wasHigh = code >= 0xd800 && code <= 0xdbff;
    count += joins ? 1 : code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return count;
}

function putCode(code: number, target: Uint8Array, to: number, end: number): number {
  if (code < 0x800) {
    if (to + 2 > end) return -1;
    target[to++] = 0xc0 | (code >> 6);
  } else {
    if (code < 0x10000) {
      if (to + 3 > end) return -1;
      target[to++] = 0xe0 | (code >> 12);
    } else {
      if (to + 4 > end) return -1;
      target[to++] = 0xf0 | (code >> 18);
      target[to++] = 0x80 | ((code >> 12) & 0x3f);
    }
    target[to++] = 0x80 | ((code >> 6) & 0x3f);
  }
  target[to++] = 0x80 | (code & 0x3f);
  return to;
}

/**
 * Decodes `count` bytes. An ill-formed sequence becomes one U+FFFD per maximal subpart, as in the WHATWG Encoding Standard;
 * a byte order mark is kept.
 */
export function decodeUtf8(source: Uint8Array, from: number, count: number): string {
  const end = from + count;
  let text = '';
  let at = from;
  while (at < end) {
    const first = source[at++]!;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    let remaining = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
    let code = remaining === 0 ? REPLACEMENT : first & (0x3f >> remaining);
    // The second byte's range excludes overlong forms, surrogates and codes past U+10FFFF.
    let lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    for (; remaining > 0; remaining--) {
      const next = at < end ? source[at]! : 0;
      if (next < lowest || next > highest) {
        code = REPLACEMENT;
        break;
      }
      at++;
      code = (code << 6) | (next & 0x3f);
      lowest = 0x80;
      highest = 0xbf;
    }
    text += String.fromCodePoint(code);
  }
  return text;
}
