// A weather station: sensors read every second, the last hour kept in rings, an hourly summary as a record.
//
// It shows: nested records, an array of records with one accessor per field, rings of values and of records, an output that is of no
// use later and so is sent at once ('immediate'), and random numbers whose seed is part of the state.

import { defineAgent } from '../src/agent/index.js';
import { array, counter, f32, ring, text, u8, u32 } from '../src/state/index.js';
import { nextStep } from './random-walk.js';

const SENSORS = ['air', 'soil', 'roof'];
const READINGS_PER_SUMMARY = 60;

export const weatherStation = defineAgent({
  name: 'weather-station',
  state: {
    seed: u32,
    readings: counter,
    sensors: array(SENSORS.length, { name: text(8), celsius: f32, failures: u8 }),
    wind: { metresPerSecond: f32, gust: f32 },
    pressureHpa: ring(60, f32),
    summaries: ring(24, { atMs: counter, meanCelsius: f32, gust: f32 }),
  },
  outputs: { reading: 'immediate' },

  initialise(state, turn) {
    state.seed = 1;
    for (let index = 0; index < SENSORS.length; index++) {
      state.sensors.name.set(index, SENSORS[index]!);
      state.sensors.celsius.set(index, 15);
    }
    turn.every('sample', 1000);
  },

  timers: {
    sample(state, turn) {
      const { celsius } = state.sensors;
      for (let index = 0; index < state.sensors.length; index++) celsius.set(index, celsius.get(index) + nextStep(state) * 0.1);
      state.wind.metresPerSecond = Math.max(0, state.wind.metresPerSecond + nextStep(state));
      state.wind.gust = Math.max(state.wind.gust, state.wind.metresPerSecond);
      state.pressureHpa.push(1013 + nextStep(state) * 5);
      state.readings += 1;
      if (state.readings % 10 === 0) turn.emit('reading', `air ${celsius.get(0).toFixed(1)} C`);
      if (state.readings % READINGS_PER_SUMMARY !== 0) return;
      const index = state.summaries.push();
      state.summaries.atMs.set(index, turn.nowMs);
      state.summaries.meanCelsius.set(index, (celsius.get(0) + celsius.get(1) + celsius.get(2)) / 3);
      state.summaries.gust.set(index, state.wind.gust);
      state.wind.gust = 0;
    },
  },
});
