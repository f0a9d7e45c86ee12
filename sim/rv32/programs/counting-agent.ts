// An agent whose history shows whether it counted on: it says each number, and what it cannot say it does not count.
import { defineAgent } from '../../../src/agent/index.js';
import { array, u32 } from '../../../src/state/index.js';

const CELLS = 2000;
const PERIOD_MS = 50;

export const countingAgent = defineAgent({
  name: 'counting',
  state: { count: u32, cells: array(CELLS, u32) },
  outputs: { said: 'committed' },
  initialise(state, turn) {
    for (let index = 0; index < CELLS; index++) state.cells.set(index, Math.imul(index, 2654435761) >>> 0);
    turn.every('tick', PERIOD_MS);
  },
  timers: {
    tick(state, turn) {
      const next = state.count + 1;
      if (!turn.emit('said', `${next}`)) return;
      state.count = next;
      state.cells.set((next * 7) % CELLS, next);
    },
  },
});
