import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const LOOP_BYTES = 64;
const LOOP_COUNT = 32;
const HISTORY_COUNT = 8;
const STEP_SECONDS = 0.01;

/** A 2 KiB controller, all hot: 32 PID loops of f32 terms, a short history and counts, everything moving. */
export function controller(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(LOOP_BYTES * LOOP_COUNT);
  const plants: number[] = [];
  for (let i = 0; i < LOOP_COUNT; i++) plants.push(random.normal() * 10);
  let tick = 0;
  const turn = (): void => {
    tick++;
    for (let i = 0; i < LOOP_COUNT; i++) plants[i] = control(state, i * LOOP_BYTES, plants[i] ?? 0, tick, random);
  };
  for (let i = 0; i < 50; i++) turn();
  return recordWorkload('controller', state, commitCount, turn);
}

/** Loop: f32 setpoint, measured, error, integral, derivative, output; u32 tick; u16 saturations, u16 mode; history. */
function control(state: Recorder, offset: number, plant: number, tick: number, random: Random): number {
  const setpoint = 10 * Math.sin(tick * STEP_SECONDS + offset);
  const measured = plant + random.normal() * 0.05;
  const error = setpoint - measured;
  const integral = state.getF32(offset + 12) + error * STEP_SECONDS;
  const derivative = (error - state.getF32(offset + 8)) / STEP_SECONDS;
  const output = 2 * error + 0.5 * integral + 0.01 * derivative;
  state.f32(offset, setpoint);
  state.f32(offset + 4, measured);
  state.f32(offset + 8, error);
  state.f32(offset + 12, integral);
  state.f32(offset + 16, derivative);
  state.f32(offset + 20, output);
  state.u32(offset + 24, tick);
  state.u16(offset + 28, state.getU16(offset + 28) + (Math.abs(output) > 20 ? 1 : 0));
  state.u16(offset + 30, output > 0 ? 1 : 2);
  for (let i = HISTORY_COUNT - 1; i > 0; i--) state.f32(offset + 32 + i * 4, state.getF32(offset + 28 + i * 4));
  state.f32(offset + 32, measured);
  return plant + (output - plant * 0.1) * STEP_SECONDS;
}
