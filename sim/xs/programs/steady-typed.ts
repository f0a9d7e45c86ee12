// Nothing moves over commits of an agent with a typed state: scalars, text, arrays, rings, maps with integer and with text keys.
import { array, bool, bytes, counter, defineState, f32, f64, i16, map, ring, text, u8, u16, u32 } from '../../../src/state/index.js';
import { Draws, Pair } from './pair.js';
import { reportStandStill } from './stand-still.js';

const NAMES = ['north', 'south', 'east', 'west', 'Zürich', '東京', '😀'];

const definition = defineState({
  uptime: counter,
  flags: u16,
  on: bool,
  level: f32,
  mean: f64,
  place: { name: text(12), key: bytes(6) },
  sensors: array(16, { value: i16, age: u8 }),
  log: ring(20, { at: u32, value: f32 }),
  totals: map(24, u32, f64),
  byName: map(8, text(12), u32),
});

class Agent {
  readonly pair = new Pair(definition.sizeBytes);
  readonly #state = definition.create(this.pair.board);
  readonly #draws = new Draws();

  get sequence(): number {
    return this.pair.sequence;
  }

  turnAndCommit(): void {
    const state = this.#state;
    const draw = this.#draws.next();
    state.uptime = state.uptime + 250;
    state.flags = draw & 0xffff;
    state.on = (draw & 1) === 0;
    state.level = draw / 3;
    state.mean = state.mean * 0.9 + draw * 0.1;
    state.place.name = NAMES[draw % NAMES.length]!;
    state.sensors.value.set(draw & 15, (draw & 0xffff) - 32768);
    state.sensors.age.set(draw & 15, draw & 255);
    const entry = state.log.push();
    state.log.at.set(entry, draw);
    state.log.value.set(entry, draw / 7);
    if ((draw & 7) === 0) state.totals.delete(draw % 40);
    else state.totals.set(draw % 40, draw);
    if ((draw & 15) === 0) state.byName.clear();
    else state.byName.set(NAMES[draw % NAMES.length]!, draw);
    this.pair.commit();
  }
}

const agent = new Agent();
reportStandStill(agent);
agent.pair.check();
