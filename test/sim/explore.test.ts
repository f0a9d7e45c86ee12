import { describe, expect, it } from 'vitest';
import { Choices } from '../../sim/explore/choices.js';
import { explore, replay } from '../../sim/explore/explore.js';
import type { ExploreOptions } from '../../sim/explore/explored-run.js';
import type { OrderKind } from '../../sim/moves/world.js';

const TIMEOUT_MS = 300_000;
const STATES_MAX = 100_000;
/** Two crashes are more than a test has time for: as many states as this. */
const STATES_OF_TWO = 6000;

const options = (order: OrderKind, crashes: number, leaseMs = 0): ExploreOptions => ({ vacant: 1, leaseMs, order, crashes, delays: 0 });
const ORDERS: readonly OrderKind[] = ['migrate', 'restore', 'rewind'];

describe('every interleaving of one move', () => {
  it.each(ORDERS)('%s without a crash', (order) => {
    const { failure, isComplete, states } = explore(options(order, 0), { statesMax: STATES_MAX });
    expect(failure).toBeUndefined();
    expect(isComplete).toBe(true);
    expect(states).toBeGreaterThan(20);
  });

  it(
    'migrate with one crash of any party at any step: one owner, nothing acknowledged is lost, the count has no gap and no repeat (I1, I2, I4)',
    () => {
      const { failure, isComplete, states } = explore(options('migrate', 1), { statesMax: STATES_MAX });
      expect(failure).toBeUndefined();
      expect(isComplete).toBe(true);
      expect(states).toBeGreaterThan(5000);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['restore', 1, 0],
    ['rewind', 1, 0],
    ['migrate', 1, 1000],
    ['migrate', 2, 0],
  ] as const)(
    '%s with %i crashes and a lease of %i ms, as far as there is time',
    (order, crashes, leaseMs) => {
      const { failure, states } = explore(options(order, crashes, leaseMs), { statesMax: STATES_OF_TWO });
      expect(failure).toBeUndefined();
      expect(states).toBeGreaterThanOrEqual(STATES_OF_TWO);
    },
    TIMEOUT_MS,
  );

  it('the same choices make the same run (I8)', () => {
    const first = replay(options('migrate', 1), [1]);
    const second = replay(options('migrate', 1), [1]);
    expect(second.choices.made).toEqual(first.choices.made);
    expect(second.world.history.describe()).toBe(first.world.history.describe());
    expect(replay(options('migrate', 1), []).choices.made).not.toEqual(first.choices.made);
  });

  it('a list that no run can follow is an error', () => {
    const choices = new Choices([2]);
    expect(choices.choose(['only'])).toBe(0);
    expect(() => choices.choose(['one', 'other'])).toThrow(/choice 0: 2 of 2/);
  });
});
