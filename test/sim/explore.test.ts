import { describe, expect, it } from 'vitest';
import { Choices } from '../../sim/explore/choices.js';
import { explore, replay } from '../../sim/explore/explore.js';
import type { ExploreOptions } from '../../sim/explore/explored-run.js';
import type { OrderKind } from '../../sim/moves/world.js';

const TIMEOUT_MS = 580_000;
const STATES_MAX = 1_000_000;
/** More than there is time for. */
const STATES_OF_LEASE = 6000;

const options = (order: OrderKind, crashes: number, leaseMs = 0): ExploreOptions => ({ vacant: 1, leaseMs, order, crashes, delays: 0 });
const ORDERS: readonly OrderKind[] = ['migrate', 'restore', 'rewind'];

describe('every interleaving of one move', () => {
  it.each([
    ...ORDERS.map((order) => [order, 0, 30] as const),
    ...ORDERS.map((order) => [order, 1, 3000] as const),
    ['migrate', 2, 100_000] as const,
  ])(
    '%s with %i crashes of any party at any step: one owner, nothing acknowledged is lost, the count has no gap and no repeat (I1, I2, I4)',
    (order, crashes, statesMin) => {
      const { failure, isComplete, states, runs } = explore(options(order, crashes), { statesMax: STATES_MAX });
      console.log(`${order}, ${crashes} crashes: ${states} states, ${runs} runs, ${isComplete ? 'complete' : 'not complete'}`);
      expect(failure).toBeUndefined();
      expect(isComplete).toBe(true);
      expect(states).toBeGreaterThan(statesMin);
    },
    TIMEOUT_MS,
  );

  it(
    'migrate with one crash and a lease of 1000 ms, as far as there is time',
    () => {
      const { failure, states } = explore(options('migrate', 1, 1000), { statesMax: STATES_OF_LEASE });
      expect(failure).toBeUndefined();
      expect(states).toBeGreaterThanOrEqual(STATES_OF_LEASE);
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
