// An agent that moves between a board on XS and one elsewhere: it counts, and writes here and there. Preloaded.
import { defineAgent } from '../../../src/agent/index.js';
import { array, counter, u32 } from '../../../src/state/index.js';

const CELLS = 1200;
const TURN_MS = 20;
const WIDE_EVERY = 64;
const WIDE_CELLS = 400;
const REPORT = new Uint8Array([1, 2, 3, 4]);

export const movingAgent = defineAgent({
  name: 'moving',
  whenHostAway: 'run',
  state: { count: counter, seed: u32, cells: array(CELLS, u32) },
  outputs: { seen: 'immediate', stored: 'committed' },
  initialise(state, turn) {
    state.seed = 7;
    turn.every('tick', TURN_MS);
  },
  timers: {
    tick(state, turn) {
      state.count += 1;
      const seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      state.seed = seed;
      const cells = state.count % WIDE_EVERY === 0 ? WIDE_CELLS : 3;
      for (let cell = 0; cell < cells; cell++) state.cells.set(((seed >>> 8) + 7 * cell) % CELLS, (seed ^ cell) >>> 0);
      if (state.count % 8 === 0) turn.emit('seen', REPORT);
      if (state.count % 9 === 0) turn.emit('stored', REPORT);
    },
  },
});
