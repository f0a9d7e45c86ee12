import { type AgentDefinition, defineAgent } from '../../../src/agent/index.js';
import { array, counter, ring, u32 } from '../../../src/state/index.js';

export const BUSY_CELLS = 700;

/** An agent that changes a few places of its state every few milliseconds; its state decides what it writes next. */
export const busyAgent: AgentDefinition = defineAgent({
  name: 'busy',
  state: { seed: u32, turns: counter, cells: array(BUSY_CELLS, u32), recent: ring(64, u32), heard: u32 },
  initialise(state, turn) {
    state.seed = 1;
    turn.every('work', 12);
  },
  timers: {
    work(state) {
      state.turns += 1;
      for (let writes = 0; writes < 4; writes++) {
        state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
        state.cells.set((state.seed >>> 8) % BUSY_CELLS, state.seed);
      }
      state.recent.push(state.seed);
    },
  },
  message(state) {
    state.heard += 1;
  },
});
