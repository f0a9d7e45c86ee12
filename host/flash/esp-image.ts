import { createHash } from 'node:crypto';
import { type Chip, chipOfImage } from './chips.js';
import { FlashError } from './flash-error.js';

// The format of ESP-IDF's esp_app_format.h:
//
//   0     1         2     3          4..7    8..11       12..13   14..22    23
//   0xE9  segments  mode  size+freq  entry   pin drives  chip id  versions  1: SHA-256 appended
//   then per segment: load address u32, length u32, bytes
//   then zeros and the XOR of all segment bytes, so that the checksum is the last byte of a block of 16; then the SHA-256.

export const IMAGE_MAGIC = 0xe9;
const HEADER_BYTES = 24;
const SEGMENTS_MAX = 16;
const CHECKSUM_SEED = 0xef;
const SHA256_BYTES = 32;

/**
 * Checks an application or bootloader wholly: header, segments, checksum, digest.
 *
 * @returns the chip that it was built for
 * @throws FlashError saying where it is wrong
 */
export function checkEspImage(bytes: Buffer, name: string): Chip {
  const wrong = (what: string): FlashError => new FlashError(`${name} is no whole ESP image: ${what}`);
  if (bytes[0] !== IMAGE_MAGIC) throw wrong('it does not begin with the byte 0xe9');
  if (bytes.length < HEADER_BYTES) throw wrong(`it has ${bytes.length} bytes, its header alone ${HEADER_BYTES}`);
  const segments = bytes[1]!;
  if (segments === 0 || segments > SEGMENTS_MAX) throw wrong(`it says that it has ${segments} segments`);
  const chip = chipOfImage(bytes.readUInt16LE(12));
  if (chip === undefined) throw wrong(`it is for a chip with the unknown id ${bytes.readUInt16LE(12)}`);
  let at = HEADER_BYTES;
  let checksum = CHECKSUM_SEED;
  for (let index = 0; index < segments; index++) {
    if (at + 8 > bytes.length) throw wrong(`it ends before segment ${index}`);
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) throw wrong(`it ends inside segment ${index}`);
    for (at += 8; at < end; at++) checksum ^= bytes[at]!;
  }
  const end = (at | 15) + 1;
  if (end > bytes.length) throw wrong('it ends before its checksum');
  if (bytes[end - 1] !== checksum) throw wrong('its checksum does not fit');
  if (bytes[23] === 1) checkDigest(bytes, end, wrong);
  return chip;
}

function checkDigest(bytes: Buffer, end: number, wrong: (what: string) => FlashError): void {
  if (end + SHA256_BYTES > bytes.length) throw wrong('it ends before its SHA-256');
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!digest.equals(bytes.subarray(end, end + SHA256_BYTES))) throw wrong('its SHA-256 does not fit');
}
