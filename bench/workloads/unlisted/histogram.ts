import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const BIN_COUNT = 1024;
const SAMPLES_PER_COMMIT = 64;

/** 1024 bins of 16-bit counts in 2 KiB, a bell curve of samples added at each commit. */
export function histogram(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(BIN_COUNT * 2);
  const turn = (): void => {
    for (let n = 0; n < SAMPLES_PER_COMMIT; n++) {
      const bin = Math.max(0, Math.min(BIN_COUNT - 1, Math.round(BIN_COUNT / 2 + random.normal() * 150)));
      state.u16(bin * 2, (state.getU16(bin * 2) + 1) & 0xffff);
    }
  };
  for (let i = 0; i < 50; i++) turn();
  return recordWorkload('histogram', state, commitCount, turn);
}
