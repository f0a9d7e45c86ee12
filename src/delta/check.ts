import { finishHash, mixWord } from '../memory/hash.js';

const CHECK_SEED = 0x67647774;
const TWO_32 = 2 ** 32;

/**
 * The 32 bits that end a delta: the digest of the state that must result, tied to the delta's flags, the epoch, the session and both
 * sequences, so that a late, foreign or changed delta does not pass. Numbers beyond 32 bits enter as two words, the low one first.
 */
export function deltaCheck(
  flags: number,
  digestAfter: number,
  epoch: number,
  session: number,
  baseSequence: number,
  sequence: number,
): number {
  let hash = mixWord(mixWord(CHECK_SEED, flags), digestAfter);
  hash = mixNumber(hash, epoch);
  hash = mixNumber(hash, session);
  hash = mixNumber(hash, baseSequence);
  hash = mixNumber(hash, sequence);
  return finishHash(hash);
}

function mixNumber(hash: number, value: number): number {
  return mixWord(mixWord(hash, value | 0), (value / TWO_32) | 0);
}
