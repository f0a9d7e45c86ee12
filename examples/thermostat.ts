// A thermostat: a controller that takes orders and switches something real.
//
// It shows: messages ('target 21.5', 'mode off'), an output that must not be released before the host holds the commit that decided it
// ('committed'), a timer that runs once, and whenHostAway: 'run' - heating goes on from the board's own checkpoint if it loses
// its power while the host cannot be reached.

import { defineAgent } from '../src/agent/index.js';
import { bool, counter, f32, text, u32 } from '../src/state/index.js';
import { nextStep } from './random-walk.js';

const HYSTERESIS = 0.3;
/** A compressor must not be switched again so soon. */
const REST_MS = 3000;

export const thermostat = defineAgent({
  name: 'thermostat',
  state: {
    seed: u32,
    mode: text(8),
    celsius: f32,
    target: f32,
    heating: bool,
    resting: bool,
    switches: counter,
    refusedOrders: u32,
  },
  outputs: { heater: 'committed' },
  whenHostAway: 'run',

  initialise(state, turn) {
    state.seed = 7;
    state.mode = 'auto';
    state.celsius = 18;
    state.target = 20;
    turn.every('control', 500);
  },

  message(state, message) {
    const [order, value = ''] = message.text().split(' ');
    const target = Number(value);
    if (order === 'target' && value !== '' && target >= 5 && target <= 30) state.target = target;
    else if (order === 'mode' && (value === 'auto' || value === 'off')) state.mode = value;
    else state.refusedOrders += 1;
  },

  timers: {
    control(state, turn) {
      state.celsius += (state.heating ? 0.08 : -0.05) + nextStep(state) * 0.02;
      const wanted = state.mode === 'auto' && state.celsius < state.target + (state.heating ? HYSTERESIS : -HYSTERESIS);
      if (wanted === state.heating || state.resting) return;
      if (!turn.emit('heater', wanted ? 'on' : 'off')) return;
      state.heating = wanted;
      state.switches += 1;
      state.resting = true;
      turn.after('rested', REST_MS);
    },
    rested(state) {
      state.resting = false;
    },
  },
});
