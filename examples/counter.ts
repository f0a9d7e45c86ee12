// The smallest agent: a number that outlives its board.
//
// It shows: a schema, a timer that the state keeps, a commit after each turn (a few bytes each). Take the board's power away, put the
// agent on another board: it goes on counting where the last acknowledged commit left it.

import { defineAgent } from '../src/agent/index.js';
import { u32 } from '../src/state/index.js';

export const counter = defineAgent({
  name: 'counter',
  state: { count: u32 },
  initialise(_state, turn) {
    turn.every('count', 250);
  },
  timers: {
    count(state) {
      state.count = state.count === 0xffffffff ? 0 : state.count + 1;
    },
  },
});
