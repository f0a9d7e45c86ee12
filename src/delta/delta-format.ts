// A delta message:
//
//   flags     1 byte    bits 0-2 codec id; bit 3 the codec's history starts anew; bits 4-6 distance 1 to 7, or 0: it follows;
//                       bit 7 reserved, 0
//   distance  varint    sequence - baseSequence, 8 or more; only if bits 4-6 are 0
//   payload             the codec's stream, which marks its own end
//   check     4 bytes   deltaCheck

export const FLAG_CODEC_MASK = 0x07;
/** Set where the codec's history starts anew with this delta. */
export const FLAG_HISTORY_RESTART = 0x08;
export const FLAG_DISTANCE_SHIFT = 4;
export const FLAG_DISTANCE_MAX = 7;
export const FLAG_RESERVED = 0x80;

export const DISTANCE_BYTES_MAX = 8;
export const CHECK_BYTES = 4;
/** Bytes of a delta beside its payload, at most. */
export const DELTA_OVERHEAD_BYTES = 1 + DISTANCE_BYTES_MAX + CHECK_BYTES;
