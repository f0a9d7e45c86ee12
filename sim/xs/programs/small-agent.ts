// The smallest agent there is, several turns to a step: what its commits cost is the runtime's and the link's. Preloaded.
import { defineAgent } from '../../../src/agent/index.js';
import { counter } from '../../../src/state/index.js';
import { STEP_MS } from '../board-clock.js';

export const TURNS_PER_STEP = 5;

export const smallAgent = defineAgent({
  name: 'small',
  state: { ticks: counter },
  initialise(_state, turn) {
    turn.every('tick', STEP_MS / TURNS_PER_STEP);
  },
  timers: {
    tick(state) {
      state.ticks += 1;
    },
  },
});
