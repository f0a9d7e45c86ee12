// Nothing moves over commits of a typed state without texts, coded by the model: its history is kept across commits.
import { array, counter, defineState, f32, f64, i16, map, ring, u32 } from '../../../src/state/index.js';
import { adaptiveCodecs } from './codecs.js';
import { Draws, Pair } from './pair.js';
import { reportStandStill } from './stand-still.js';

const definition = defineState({
  uptime: counter,
  mean: f64,
  sensors: array(64, { value: i16, mean: f32 }),
  log: ring(40, { at: u32, value: f32 }),
  totals: map(24, u32, f64),
});

class Agent {
  readonly pair = new Pair(definition.sizeBytes, adaptiveCodecs());
  readonly #state = definition.create(this.pair.board);
  readonly #draws = new Draws();

  get sequence(): number {
    return this.pair.sequence;
  }

  turnAndCommit(): void {
    const state = this.#state;
    const draw = this.#draws.next();
    state.uptime = state.uptime + 250;
    state.mean = state.mean * 0.9 + (draw & 1023) * 0.1;
    for (let index = draw & 15; index < 64; index += 16) {
      state.sensors.value.set(index, draw & 255);
      state.sensors.mean.set(index, state.sensors.mean.get(index) + 0.25);
    }
    const entry = state.log.push();
    state.log.at.set(entry, draw & 4095);
    state.log.value.set(entry, (draw & 63) / 2);
    state.totals.set(draw % 24, draw & 255);
    this.pair.commit();
  }
}

const agent = new Agent();
reportStandStill(agent);
agent.pair.check();
