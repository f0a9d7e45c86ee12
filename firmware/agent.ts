// The agent of this firmware, to be replaced by yours: it counts, says so now and then, and takes orders. Its state outlives the board.
import { defineAgent } from 'godwit/agent/index';
import { counter, u32 } from 'godwit/state/index';

export const agent = defineAgent({
  name: 'counter',
  state: { count: counter, everyMs: u32, orders: u32 },
  whenHostAway: 'run',
  outputs: { reached: 'committed' },
  initialise(state, turn) {
    state.everyMs = 1000;
    turn.every('tick', state.everyMs);
  },
  timers: {
    tick(state, turn) {
      state.count += 1;
      if (state.count % 60 === 0) turn.emit('reached', `${state.count}`);
    },
  },
  /** An order is a number of ms, 10 and up: from now on it counts that often. */
  message(state, message, turn) {
    const everyMs = Number(message.text());
    if (!(Number.isInteger(everyMs) && everyMs >= 10 && everyMs <= 60_000)) return;
    state.orders += 1;
    state.everyMs = everyMs;
    turn.every('tick', everyMs);
  },
});
