import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const STATE_COUNT = 1024;
const ACTION_COUNT = 4;
const STEPS_PER_COMMIT = 10;

/** Q-learning on a grid of 32 x 32 with four actions: 16 KiB of f32, ten steps of a walk at each commit. */
export function qTable(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(STATE_COUNT * ACTION_COUNT * 4 + 16);
  let cell = 0;
  let stepCount = 0;
  const best = (index: number): number => {
    let top = -Infinity;
    for (let action = 0; action < ACTION_COUNT; action++) {
      top = Math.max(top, state.getF32(16 + (index * ACTION_COUNT + action) * 4));
    }
    return top;
  };
  const turn = (): void => {
    for (let n = 0; n < STEPS_PER_COMMIT; n++) {
      const action = random.below(ACTION_COUNT);
      const next = (cell + [1, -1, 32, -32][action]! + STATE_COUNT) % STATE_COUNT;
      const offset = 16 + (cell * ACTION_COUNT + action) * 4;
      const reward = next % 97 === 0 ? 1 : -0.01;
      state.f32(offset, state.getF32(offset) + 0.1 * (reward + 0.9 * best(next) - state.getF32(offset)));
      cell = next;
      stepCount++;
    }
    state.u32(0, stepCount);
    state.u32(4, cell);
  };
  for (let i = 0; i < 300; i++) turn();
  return recordWorkload('q-table', state, commitCount, turn);
}
