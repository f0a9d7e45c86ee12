// CRC-32 as in IEEE 802.3, ISO/IEC 13239 and zlib: polynomial 0x04C11DB7 reflected, start and final inversion 0xFFFFFFFF.
// Four tables take four bytes per step ("slicing", Kounavis and Berry, Intel 2005): half the work of one table on XS.

const POLYNOMIAL_REFLECTED = 0xedb88320;

/** Filled once while the module loads and only read afterwards, so that it can live in flash. */
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL_REFLECTED : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < 4 * 256; index++) {
    const before = tables[index - 256]!;
    tables[index] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** CRC-32 of bytes[at .. at + count), continuing `crc` (the CRC of what came before; 0 at the start). */
export function crc32(bytes: Uint8Array, at: number, count: number, crc: number): number {
  const end = at + count;
  const stepEnd = end - 3;
  crc = ~crc;
  while (at < stepEnd) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = TABLES[768 + (crc & 0xff)]! ^ TABLES[512 + ((crc >>> 8) & 0xff)]! ^ TABLES[256 + ((crc >>> 16) & 0xff)]! ^ TABLES[crc >>> 24]!;
    at += 4;
  }
  while (at < end) {
    crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]!) & 0xff]!;
    at++;
  }
  return ~crc >>> 0;
}

/** CRC-32 of one more byte. */
export function crc32Byte(byte: number, crc: number): number {
  crc = ~crc;
  return ~((crc >>> 8) ^ TABLES[(crc ^ byte) & 0xff]!) >>> 0;
}
