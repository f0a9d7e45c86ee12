import { defineAgent } from '../../../src/agent/definition.js';
import { counter } from '../../../src/state/types.js';

/** So long is most of the board's time. */
const ROUNDS = 40_000;
const PERIOD_MS = 50;

/** Between two turns its numbers are the same; in a turn, which takes long, they are not. */
export const slowAgent = defineAgent({
  name: 'slow',
  state: { begun: counter, ended: counter },
  initialise: (_state, turn) => turn.every('work', PERIOD_MS),
  timers: {
    work(state) {
      state.begun += 1;
      for (let round = 0; round < ROUNDS; round++);
      state.ended += 1;
    },
  },
});
