import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../../src/agent/index.js';
import { array, f32, text, u32 } from '../../../src/state/index.js';

// Half of this test is done by the type checker: handlers know their own state, timers and outputs, and nothing else compiles.

describe('types of an agent', () => {
  it('reach into every handler', () => {
    const definition = defineAgent({
      name: 'typed',
      state: { count: u32, label: text(8), points: array(2, { x: f32 }) },
      outputs: { seen: 'committed', heard: 'immediate' },
      initialise(state, turn) {
        const count: number = state.count;
        const label: string = state.label;
        turn.every('tick', count + label.length + 1);
        // @ts-expect-error no such timer
        expect(() => turn.every('tock', 1)).toThrow('no timer');
        // @ts-expect-error no such output
        expect(() => turn.emit('said', '')).toThrow('no output');
      },
      message(state, message, turn) {
        const x: number = state.points.x.get(message.length);
        turn.emit('heard', `${x}`);
        // @ts-expect-error no such field
        state.cuont = 1;
      },
      timers: {
        tick(state, turn) {
          state.count += 1;
          turn.after('tick', 1);
          // @ts-expect-error a number
          state.count = 'one';
        },
      },
    });
    expect(definition.timerNames).toEqual(['tick']);
    expect(definition.outputNames).toEqual(['seen', 'heard']);
  });
});
