// FNV-1a, 64 bits (draft-eastlake-fnv), in two 32-bit halves: an identity of schemas, no protection against forgery.

export const FINGERPRINT_BYTES = 8;
const BASIS_HIGH = 0xcbf29ce4;
const BASIS_LOW = 0x84222325;

/** @returns 8 bytes, little-endian */
export function fingerprintOf(bytes: Uint8Array): Uint8Array {
  let high = BASIS_HIGH;
  let low = BASIS_LOW;
  for (let index = 0; index < bytes.length; index++) {
    low = (low ^ bytes[index]!) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x100000000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  const fingerprint = new Uint8Array(FINGERPRINT_BYTES);
  for (let index = 0; index < 4; index++) {
    fingerprint[index] = low >>> (8 * index);
    fingerprint[index + 4] = high >>> (8 * index);
  }
  return fingerprint;
}
