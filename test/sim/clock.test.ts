import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.js';

describe('virtual clock', () => {
  it('runs events in the order of their times, and of their setting where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const clock = new VirtualClock();
        const seen: [number, number][] = [];
        times.forEach((time, index) => {
          clock.at(time, () => seen.push([clock.nowMs(), index]));
        });
        while (clock.step(Number.POSITIVE_INFINITY));
        const expected = times.map((time, index) => [time, index]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
        expect(seen).toEqual(expected);
      }),
    );
  });

  it('jumps over idle time, never runs a cancelled event, and never goes back', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.at(5, () => seen.push('cancelled')).cancel();
    clock.at(1e9, () => {
      seen.push('late');
      clock.at(3, () => seen.push(`past at ${clock.nowMs()}`));
    });
    expect(clock.step(10)).toBe(false);
    expect(clock.nowMs()).toBe(10);
    while (clock.step(Number.POSITIVE_INFINITY));
    expect(seen).toEqual(['late', 'past at 1000000000']);
  });

  it('refuses a time that is no number', () => {
    expect(() => new VirtualClock().at(Number.NaN, () => undefined)).toThrow(RangeError);
  });
});
