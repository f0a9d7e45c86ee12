import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const RECORD_BYTES = 16384;
const COUNTER_COUNT = 16;
const COUNTERS_PER_GROUP = 4;
const GROUP_STRIDE_BYTES = 4032;

/** A 16 KiB record of settings and text, with four groups of counters, clocks and averages that move at every commit. */
export function counters(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(RECORD_BYTES);
  for (let offset = 0; offset + 16 <= RECORD_BYTES; offset += 64) {
    state.ascii(offset, `setting-${offset % 1000}`);
    state.f32(offset + 16, random.normal() * 100);
    state.u32(offset + 20, random.below(5000));
  }
  const kinds: number[] = [];
  for (let i = 0; i < COUNTER_COUNT; i++) {
    kinds.push(i < 4 ? i : random.below(6));
    state.u32(counterOffset(i), random.below(1 << random.between(4, 24)));
  }
  let timeMs = 1_000_000;
  return recordWorkload('counters', state, commitCount, () => {
    timeMs += 1000 + random.between(-3, 12);
    for (let i = 0; i < COUNTER_COUNT; i++) advance(state, counterOffset(i), kinds[i] ?? 0, timeMs, random);
  });
}

function counterOffset(index: number): number {
  return 384 + Math.floor(index / COUNTERS_PER_GROUP) * GROUP_STRIDE_BYTES + (index % COUNTERS_PER_GROUP) * 12;
}

/** One kind of counter each: a clock, a loop count, bytes moved, rare errors, an average, a level of 16 bits. */
function advance(state: Recorder, offset: number, kind: number, timeMs: number, random: Random): void {
  const value = state.getU32(offset);
  if (kind === 0) state.u32(offset, timeMs);
  else if (kind === 1) state.u32(offset, value + 1);
  else if (kind === 2) state.u32(offset, value + random.between(20, 600));
  else if (kind === 3 && random.chance(0.1)) state.u32(offset, value + 1);
  else if (kind === 4 && random.chance(0.5)) state.f32(offset, 20 + random.normal() * 0.3);
  else if (kind === 5) state.u16(offset, (state.getU16(offset) + random.between(-9, 9)) & 0xffff);
}
