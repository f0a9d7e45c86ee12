import { CRC_BYTES, FRAME_PAYLOAD_MAX, HEAD_BYTES } from '../src/wire/constants.js';
import { varintBytes } from '../src/wire/varint.js';

const NUMBER_BYTES = 1;
const COBS_BLOCK_BYTES = 254;
const DELIMITER_BYTES = 1;

/** Bytes on a serial line of a message that another scheme made, sent in Godwit's frames: head, number, index, check, COBS, delimiter. */
export function serialWireBytes(messageBytes: number): number {
  let wireBytes = 0;
  for (let index = 0; index === 0 || index * FRAME_PAYLOAD_MAX < messageBytes; index++) {
    const chunkBytes = Math.min(FRAME_PAYLOAD_MAX, messageBytes - index * FRAME_PAYLOAD_MAX);
    const indexBytes = index === 0 ? 0 : varintBytes(index);
    const frameBytes = HEAD_BYTES + NUMBER_BYTES + indexBytes + chunkBytes + CRC_BYTES;
    wireBytes += frameBytes + Math.ceil(frameBytes / COBS_BLOCK_BYTES) + DELIMITER_BYTES;
  }
  return wireBytes;
}
