import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const FILTER_COUNT = 8;
const FILTER_BYTES = 128;
const STEP_SECONDS = 0.1;
const PROCESS_NOISE = 0.01;
const SENSOR_NOISE = 0.5;

/** Eight f64 Kalman filters (position, speed, 2 x 2 covariance) in 1 KiB, all updated at each commit. */
export function kalman(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(FILTER_COUNT * FILTER_BYTES);
  const filters: number[][] = [];
  for (let i = 0; i < FILTER_COUNT; i++) filters.push([random.normal() * 10, random.normal(), 1, 0, 0, 1]);
  let tick = 0;
  return recordWorkload('kalman', state, commitCount, () => {
    tick++;
    for (let i = 0; i < FILTER_COUNT; i++) {
      const offset = i * FILTER_BYTES;
      const filter = update(filters[i] ?? [], Math.sin(tick * 0.05 + i) * 10 + random.normal() * SENSOR_NOISE);
      filters[i] = filter;
      for (let term = 0; term < filter.length; term++) state.f64(offset + term * 8, filter[term] ?? 0);
      state.u32(offset + 48, tick);
    }
  });
}

/** Predict with constant speed, then correct with one measured position. */
function update(filter: readonly number[], measured: number): number[] {
  const [position = 0, speed = 0, p00 = 0, p01 = 0, p10 = 0, p11 = 0] = filter;
  const predicted = position + speed * STEP_SECONDS;
  const q00 = p00 + STEP_SECONDS * (p10 + p01 + STEP_SECONDS * p11) + PROCESS_NOISE;
  const q01 = p01 + STEP_SECONDS * p11;
  const q10 = p10 + STEP_SECONDS * p11;
  const q11 = p11 + PROCESS_NOISE;
  const gain0 = q00 / (q00 + SENSOR_NOISE);
  const gain1 = q10 / (q00 + SENSOR_NOISE);
  const residual = measured - predicted;
  return [
    predicted + gain0 * residual,
    speed + gain1 * residual,
    (1 - gain0) * q00,
    (1 - gain0) * q01,
    q10 - gain1 * q00,
    q11 - gain1 * q01,
  ];
}
