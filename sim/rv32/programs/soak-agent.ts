import { defineAgent } from '../../../src/agent/definition.js';
import { array, counter, ring, u32 } from '../../../src/state/types.js';

export const SOAK_CELLS = 700;
const WRITES_PER_TURN = 4;

/** Changes a few places of its state every few milliseconds, until it is told to stop; its state decides what it writes next. */
export const soakAgent = defineAgent({
  name: 'soak',
  state: { seed: u32, turns: counter, cells: array(SOAK_CELLS, u32), recent: ring(64, u32) },
  initialise(state, turn) {
    state.seed = 1;
    turn.every('work', 3);
  },
  timers: {
    work(state) {
      state.turns += 1;
      for (let writes = 0; writes < WRITES_PER_TURN; writes++) {
        state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
        state.cells.set((state.seed >>> 8) % SOAK_CELLS, state.seed);
      }
      state.recent.push(state.seed);
    },
  },
  message(_state, message, turn) {
    if (message.text() === 'stop') turn.cancel('work');
  },
});
