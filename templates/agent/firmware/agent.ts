// Everything that must outlive its board stands in `state`. Timers, messages and outputs are all that moves an agent.

import { defineAgent, u32 } from 'godwit';

export const agent = defineAgent({
  name: 'my-agent',
  state: { beats: u32, periodMs: u32, refused: u32 },
  // Released by the host once it holds the commit that decided them.
  outputs: { milestone: 'committed' },

  initialise(state, turn) {
    state.periodMs = 500;
    turn.every('beat', state.periodMs);
  },

  timers: {
    beat(state, turn) {
      state.beats += 1;
      if (state.beats % 100 === 0) turn.emit('milestone', `${state.beats} beats`);
    },
  },

  // godwit send my-agent "every 250"
  message(state, message, turn) {
    const [order, value = ''] = message.text().split(' ');
    const periodMs = Number(value);
    if (order !== 'every' || !(periodMs >= 50 && periodMs <= 60_000) || periodMs % 1 !== 0) {
      state.refused += 1;
      return;
    }
    state.periodMs = periodMs;
    turn.every('beat', periodMs);
  },
});
