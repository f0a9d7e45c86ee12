/**
 * The numbers of commits that an epoch has for itself: a line that begins in it begins there, whatever was used before and whoever still
 * knows of that. It is more than a board can commit that nobody hears of. The first 2^20 epochs have 2^32 numbers each, the 2^31 after
 * them 2^21: below 2^53 there is room for the loss of RAM in every second of 68 years.
 */
export const SEQUENCE_STRIDE = 2 ** 32;
const WIDE_EPOCHS = 2 ** 20;
const NARROW_STRIDE = 2 ** 21;
const NARROW_BEGIN = WIDE_EPOCHS * SEQUENCE_STRIDE;

/** The sequence above which the numbers of an epoch lie. */
export function lineStart(epoch: number): number {
  const narrow = epoch - 1 - WIDE_EPOCHS;
  return narrow < 0 ? (epoch - 1) * SEQUENCE_STRIDE : NARROW_BEGIN + narrow * NARROW_STRIDE;
}

/** The epoch whose number this is; 0 for sequence 0, which nobody commits. */
export function epochOfLine(sequence: number): number {
  if (sequence <= NARROW_BEGIN) return Math.ceil(sequence / SEQUENCE_STRIDE);
  return WIDE_EPOCHS + Math.ceil((sequence - NARROW_BEGIN) / NARROW_STRIDE);
}

/**
 * The sequence above which a line goes on that begins in `epoch`, `usedSequence` being the newest that anybody knows of: one that has
 * left the numbers of the epochs so far is gone round.
 */
export function lineAbove(epoch: number, usedSequence: number): number {
  return Math.max(lineStart(epoch), lineStart(epochOfLine(usedSequence) + 1));
}
