import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TickClock } from '../../firmware/tick-clock.js';

const DAY_MS = 86_400_000;

describe('a clock of 32-bit ticks', () => {
  it.each([
    ['signed', (ms: number) => ms | 0],
    ['unsigned', (ms: number) => ms >>> 0],
  ])('counts on over every wrap, whether the ticks are %s or not', (_name, ticksOf) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.array(fc.integer({ min: 0, max: 24 * DAY_MS }), { maxLength: 30 }),
        (start, waits) => {
          const clock = new TickClock(ticksOf(start));
          let passedMs = 0;
          for (const waitMs of waits) {
            passedMs += waitMs;
            expect(clock.at(ticksOf(start + passedMs))).toBe(passedMs);
          }
        },
      ),
    );
  });

  it('never goes back', () => {
    const clock = new TickClock(1000);
    expect([clock.at(1500), clock.at(1400), clock.at(1600)]).toEqual([500, 500, 600]);
  });
});
