// LEB128, unsigned, shortest form only, up to 2^53 - 1: seven bits a byte, the lowest first, bit 7 says that another byte follows.

export const VARINT_BYTES_MAX = 8;

export function varintBytes(value: number): number {
  let count = 1;
  while (value >= 0x80) {
    value = value > 0x7fffffff ? Math.floor(value / 0x80) : value >>> 7;
    count++;
  }
  return count;
}

/** Writes `value` (an integer from 0 to 2^53 - 1) and returns the index after it. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7fffffff) {
    bytes[at++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}
