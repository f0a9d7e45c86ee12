import { describe, expect, it } from 'vitest';
import { examples } from '../../../examples/index.js';
import { defineAgent } from '../../../src/agent/index.js';
import { rebuildAndCompare } from '../../../src/agent/testing.js';
import { f32, ring, u32 } from '../../../src/state/index.js';

const MESSAGES = ['target 22', 'mode off', 'mode auto', 'target 99', 'ada', 'a name that is too long', '', '\u{1F600}'];

describe('the example agents', () => {
  for (const [name, definition] of Object.entries(examples)) {
    it(`${name}: all of it is in the state`, () => {
      for (let seed = 1; seed <= 3; seed++) {
        const report = rebuildAndCompare(definition, { seed, messages: MESSAGES });
        expect(report.turns).toBeGreaterThan(100);
        expect(report.rebuilds).toBe(20);
      }
    });
  }
});

describe('rebuildAndCompare', () => {
  it('finds a variable beside the state, and names the field that it leads astray', () => {
    const forgetful = () => {
      let last = 0;
      return defineAgent({
        name: 'forgetful',
        state: { calm: u32, inner: { sum: u32 } },
        initialise: (_state, turn) => turn.every('tick', 100),
        timers: {
          tick(state) {
            last++;
            state.calm = 5;
            state.inner.sum = last;
          },
        },
      });
    };
    expect(() => rebuildAndCompare(forgetful)).toThrow(/inner\.sum is \d+, with the original it is \d+; the agent keeps something outside/);
  });

  it('finds a variable of a module too', () => {
    let cached: number | undefined;
    const definition = defineAgent({
      name: 'cached',
      state: { step: u32, values: ring(4, f32) },
      initialise: (_state, turn) => turn.every('tick', 100),
      timers: {
        tick(state) {
          state.step += 1;
          if (state.step === 50) cached = state.step;
          state.values.push(cached ?? 0);
        },
      },
    });
    expect(() => rebuildAndCompare(definition)).toThrow(/values\.\d is/);
  });

  it('finds an output that depends on one', () => {
    const talkative = () => {
      let spoken = 0;
      return defineAgent({
        name: 'talkative',
        state: { n: u32 },
        outputs: { word: 'immediate' },
        initialise: (_state, turn) => turn.every('tick', 100),
        timers: { tick: (_state, turn) => void turn.emit('word', `${spoken++}`) },
      });
    };
    expect(() => rebuildAndCompare(talkative)).toThrow(/immediate outputs/);
  });
});
