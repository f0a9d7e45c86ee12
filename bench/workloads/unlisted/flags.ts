import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const STATE_BYTES = 4096;
const TOGGLES_MAX = 24;

/** 4 KiB of booleans, one a byte, of which a few toggle at each commit. */
export function flags(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(STATE_BYTES);
  for (let i = 0; i < STATE_BYTES; i++) state.u8(i, random.chance(0.3) ? 1 : 0);
  return recordWorkload('flags', state, commitCount, () => {
    for (let n = random.between(2, TOGGLES_MAX); n > 0; n--) {
      const offset = random.below(STATE_BYTES);
      state.u8(offset, 1 - state.getU8(offset));
    }
  });
}
