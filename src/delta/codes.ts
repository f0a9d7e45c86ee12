/** Why a delta was refused. 0 means: nothing wrong so far. */
export const OK = 0;
export const BAD_NUMBER = 1;
export const BAD_SEQUENCE = 2;
export const BAD_FLAGS = 3;
export const UNKNOWN_CODEC = 4;
export const BAD_RUN = 5;
export const OUT_OF_RANGE = 6;
export const NO_ROOM = 7;
export const BAD_PADDING = 8;
export const BAD_PAYLOAD = 9;
export const TRUNCATED = 10;
export const TRAILING = 11;
export const MISMATCH = 12;
export const NOT_BEGUN = 13;

const TEXTS = [
  'ok',
  'a number is not in its shortest form or is too large',
  'the sequence does not come after its base, or passes 2^53 - 1',
  'reserved flag bits are set',
  'the codec is not known here',
  'a run is empty, not aligned, crosses a page, or does not come after the last one',
  'a run passes the end of the state',
  'the pool of staged pages is empty',
  'bytes between the end of the state and the end of its last granule are not zero',
  'the payload cannot be decoded',
  'the delta ends too early',
  'bytes follow the end of the delta',
  'the check does not fit: another base, session or state',
  'no delta was begun',
];

export function deltaCodeText(code: number): string {
  return TEXTS[code] ?? `unknown delta code ${code}`;
}
