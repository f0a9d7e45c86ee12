// Nothing moves over the turns of an agent on its runner: timers, state, outputs of both kinds, commits, link, acknowledgements.
import { defineAgent } from '../../../src/agent/index.js';
import { array, counter, f32, ring, u32 } from '../../../src/state/index.js';
import { reportStandStill } from './stand-still.js';
import { TurningAgent } from './turning-agent.js';

const REPORT = new Uint8Array([1, 2, 3, 4]);

const definition = defineAgent({
  name: 'steady',
  state: { ticks: counter, seed: u32, levels: array(32, f32), log: ring(24, { at: u32, level: f32 }) },
  outputs: { seen: 'immediate', stored: 'committed' },
  initialise(state, turn) {
    state.seed = 7;
    turn.every('tick', 200);
    turn.every('tell', 1400);
  },
  timers: {
    tick(state) {
      state.ticks += 1;
      state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      const index = state.seed & 31;
      state.levels.set(index, state.levels.get(index) + (state.seed & 255) / 256);
      const entry = state.log.push();
      state.log.at.set(entry, state.seed & 0xffff);
      state.log.level.set(entry, state.levels.get(index));
    },
    tell(_state, turn) {
      turn.emit('seen', REPORT);
      turn.emit('stored', REPORT);
    },
  },
});

const agent = new TurningAgent(definition);
reportStandStill(agent);
agent.check();
