import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const STATE_BYTES = 32768;
const TICK_OFFSET = 128;
const EVENT_TABLE_OFFSET = 8192;

/** 32 KiB in which a clock moves at every commit, and now and then an event is noted. */
export function nearlyIdle(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(STATE_BYTES);
  for (let offset = 1024; offset < STATE_BYTES; offset += 4) {
    state.u32(offset, random.chance(0.3) ? random.u32() : offset >> 6);
  }
  let timeMs = 7_000;
  return recordWorkload('nearly-idle', state, commitCount, () => {
    timeMs += random.between(990, 1010);
    state.u32(TICK_OFFSET, timeMs);
    if (!random.chance(0.1)) return;
    const event = EVENT_TABLE_OFFSET + random.below(256) * 16;
    state.u32(event, timeMs);
    state.u16(event + 4, (state.getU16(event + 4) + 1) & 0xffff);
  });
}
