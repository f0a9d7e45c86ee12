// Consistent Overhead Byte Stuffing, Cheshire and Baker, SIGCOMM 1997: no 0x00 inside a frame, so that 0x00 can end it, for one byte
// in 254. A code byte n is followed by n - 1 bytes and stands for a zero after them; 0xFF is followed by 254 bytes and no zero.

const BLOCK_CODE_MAX = 0xff;

/** Most bytes that `count` bytes become, without a delimiter. */
export function cobsBytesMax(count: number): number {
  return count + 1 + Math.floor(count / 254);
}

/** Encodes bytes[at .. at + count) to out[outAt ..), which needs room for cobsBytesMax(count). Returns the encoded length. */
export function cobsEncode(bytes: Uint8Array, at: number, count: number, out: Uint8Array, outAt: number): number {
  const end = at + count;
  let codeAt = outAt;
  let to = outAt + 1;
  let code = 1;
  while (at < end) {
    const byte = bytes[at++]!;
    if (byte !== 0) {
      out[to++] = byte;
      code++;
    }
    if (byte === 0 || (code === BLOCK_CODE_MAX && at < end)) {
      out[codeAt] = code;
      codeAt = to++;
      code = 1;
    }
  }
  out[codeAt] = code;
  return to - outAt;
}

/**
 * Decodes bytes[at .. at + count), which hold no delimiter, to out[outAt .. outAt + limit).
 * Returns the decoded length, or -1 when the code is broken or the result longer than `limit`. `out` may be `bytes` with outAt <= at.
 */
export function cobsDecode(bytes: Uint8Array, at: number, count: number, out: Uint8Array, outAt: number, limit: number): number {
  const end = at + count;
  const outEnd = outAt + limit;
  let to = outAt;
  if (count === 0) return -1;
  while (at < end) {
    const code = bytes[at++]!;
    const blockEnd = at + code - 1;
    if (code === 0 || blockEnd > end || to + code - 1 > outEnd) return -1;
    while (at < blockEnd) {
      const byte = bytes[at++]!;
      if (byte === 0) return -1;
      out[to++] = byte;
    }
    if (code !== BLOCK_CODE_MAX && at < end) {
      if (to >= outEnd) return -1;
      out[to++] = 0;
    }
  }
  return to - outAt;
}
