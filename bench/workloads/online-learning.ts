import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const WEIGHT_COUNT = 2048;
const INPUT_COUNT = 128;
const OUTPUT_COUNT = WEIGHT_COUNT / INPUT_COUNT;
const LEARNING_RATE = 0.02;

/** One dense layer of 128 x 16 f32 weights (8 KiB); each commit is a gradient step that touches all of them. */
export function onlineLearning(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(WEIGHT_COUNT * 4);
  const target: number[] = [];
  for (let i = 0; i < WEIGHT_COUNT; i++) {
    state.f32(i * 4, random.normal() / Math.sqrt(INPUT_COUNT));
    target.push(random.normal() / Math.sqrt(INPUT_COUNT));
  }
  const input: number[] = [];
  for (let i = 0; i < INPUT_COUNT; i++) input.push(0);
  return recordWorkload('online-learning', state, commitCount, () => {
    for (let i = 0; i < INPUT_COUNT; i++) input[i] = random.normal();
    for (let output = 0; output < OUTPUT_COUNT; output++) step(state, output * INPUT_COUNT, input, target, random);
  });
}

/** Least mean squares for one output: weights += rate * error * input. */
function step(state: Recorder, first: number, input: readonly number[], target: readonly number[], random: Random) {
  let error = random.normal() * 0.05;
  for (let i = 0; i < INPUT_COUNT; i++) {
    error += (input[i] ?? 0) * ((target[first + i] ?? 0) - state.getF32((first + i) * 4));
  }
  for (let i = 0; i < INPUT_COUNT; i++) {
    const offset = (first + i) * 4;
    state.f32(offset, state.getF32(offset) + (LEARNING_RATE * error * (input[i] ?? 0)) / 2);
  }
}
