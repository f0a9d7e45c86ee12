import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOfLine, lineAbove, lineStart, SEQUENCE_STRIDE } from '../../../src/link/epoch-line.js';
import { EPOCH_MAX, SEQUENCE_MAX } from '../../../src/wire/constants.js';

const EPOCHS_MAX = 2 ** 20 + 2 ** 31;
const epochs = fc.oneof(
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 2 ** 20 - 3, max: 2 ** 20 + 3 }),
  fc.integer({ min: 1, max: EPOCHS_MAX }),
);
const sequences = fc.oneof(fc.integer({ min: 0, max: 2 ** 34 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 2 ** 34 }));

describe('the numbers of an epoch', () => {
  it('begin where those of the epoch before end, from 0 to 2^53', () => {
    expect([lineStart(1), lineStart(2), lineStart(3)]).toEqual([0, SEQUENCE_STRIDE, 2 * SEQUENCE_STRIDE]);
    expect(lineStart(EPOCHS_MAX + 1)).toBe(2 ** 53);
    expect(lineStart(EPOCH_MAX + 1)).toBe(SEQUENCE_MAX);
    fc.assert(
      fc.property(epochs, (epoch) => {
        const first = lineStart(epoch) + 1;
        const last = lineStart(epoch + 1);
        expect(last - first).toBeGreaterThanOrEqual(2 ** 21 - 1);
        expect([epochOfLine(first), epochOfLine(last - 1), epochOfLine(last)]).toEqual([epoch, epoch, epoch]);
      }),
    );
    expect(epochOfLine(0)).toBe(0);
  });

  it('a line begins above all that anybody knows of, and in the numbers of its own epoch if nobody left those of older ones', () => {
    fc.assert(
      fc.property(epochs, sequences, (epoch, used) => {
        const above = lineAbove(epoch, used);
        expect(above).toBeGreaterThanOrEqual(used);
        expect(above).toBeGreaterThanOrEqual(lineStart(epoch));
        if (used <= lineStart(epoch)) expect(above).toBe(lineStart(epoch));
        else expect(epochOfLine(above + 1)).toBe(epochOfLine(used) + 1);
      }),
    );
  });

  it('two lines of different epochs share no number, whatever was known at their beginning', () => {
    fc.assert(
      fc.property(epochs, epochs, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, share) => {
        const [older, newer] = one < other ? [one, other] : [other, one];
        if (older === newer) return;
        const used = Math.floor(share * lineStart(newer));
        expect(lineAbove(newer, used)).toBeGreaterThanOrEqual(lineStart(older + 1));
        expect(lineAbove(newer, 0)).toBe(lineAbove(newer, used));
      }),
    );
  });
});
