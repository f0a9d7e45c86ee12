import { describe, expect, it } from 'vitest';
import { examples } from '../../examples/index.js';
import { simulateAgent } from '../../sim/agent-fleet.js';
import { defineAgent } from '../../src/agent/index.js';
import { u32 } from '../../src/state/index.js';

const SEED = 20261122;

describe('anybody’s agent on a simulated fleet', () => {
  it.each(Object.keys(examples))(
    `%s: every invariant holds under every fault, and host and boards end equal (seeds from ${SEED})`,
    (name) => {
      let commits = 0;
      for (let seed = SEED; seed < SEED + 6; seed++) {
        const report = simulateAgent(examples[name]!, { seed, messages: ['target 21.5', 'mode off', 'nonsense'] });
        expect(report.faults.length).toBeGreaterThan(0);
        expect(report.states).toHaveLength(2);
        commits += report.commits;
      }
      expect(commits).toBeGreaterThan(100);
    },
  );

  it('I8: the same seed repeats the run, another one is another run', () => {
    const traces = [7, 7, 8].map((seed) => simulateAgent(examples.counter!, { seed, forMs: 8000 }).traceHash);
    expect(traces[0]).toBe(traces[1]);
    expect(traces[0]).not.toBe(traces[2]);
  });

  it('counts without faults as its timer says', () => {
    const { states } = simulateAgent(examples.counter!, { seed: 3, boards: 3, forMs: 10_000, faults: 'none' });
    for (const { count } of states) expect(count).toBeGreaterThanOrEqual(35);
  });

  it('sets a message aside that no turn can work on, and goes on', () => {
    const picky = defineAgent({
      name: 'picky',
      state: { good: u32 },
      message(state, message) {
        if (message.text() === 'bad') throw new Error('not that');
        state.good += 1;
      },
    });
    const { states, rarePaths } = simulateAgent(picky, { seed: 5, boards: 1, messages: ['good', 'bad', 'good'] });
    expect(rarePaths['input set aside']).toBeGreaterThan(0);
    expect(states[0]!.good).toBeGreaterThan(0);
  });

  it('names what is wrong with its options', () => {
    expect(() => simulateAgent(examples.counter!, { boards: 0 })).toThrow(/boards is a whole number of 1 to 64, not 0/);
    expect(() => simulateAgent(examples.counter!, { forMs: 1e9 })).toThrow(RangeError);
  });
});
