import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const ENTRY_BYTES = 32;
const ENTRY_COUNT = 4096;
const UPDATES_MIN = 4;
const UPDATES_MAX = 16;
const ZIPF_EXPONENT = 1.1;

/** A 128 KiB table of 32-byte entries; each commit updates a few keys drawn from a Zipf distribution. */
export function keyValue(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(ENTRY_BYTES * ENTRY_COUNT);
  const slots = shuffled(ENTRY_COUNT, random);
  const cumulative = zipfCumulative();
  let now = 1_700_000_000;
  for (let i = 0; i < ENTRY_COUNT; i++) if (i % 4 !== 3) insert(state, i * ENTRY_BYTES, now, random);
  return recordWorkload('key-value', state, commitCount, () => {
    now += random.between(1, 3);
    for (let n = random.between(UPDATES_MIN, UPDATES_MAX); n > 0; n--) {
      const offset = (slots[drawRank(cumulative, random)] ?? 0) * ENTRY_BYTES;
      if (state.getU32(offset) === 0) insert(state, offset, now, random);
      else update(state, offset, now, random);
    }
  });
}

/** Entry: u32 key hash, u32 updated (s), u16 version, u8 kind, u8 length, 20 bytes of value. */
function insert(state: Recorder, offset: number, now: number, random: Random): void {
  state.u32(offset, random.u32() | 1);
  state.u16(offset + 8, 0);
  state.u8(offset + 10, random.below(3));
  state.u8(offset + 11, 20);
  update(state, offset, now, random);
}

function update(state: Recorder, offset: number, now: number, random: Random): void {
  state.u32(offset + 4, now);
  state.u16(offset + 8, (state.getU16(offset + 8) + 1) & 0xffff);
  const kind = state.getU8(offset + 10);
  if (kind === 0) {
    state.f32(offset + 12, 20 + random.normal() * 5);
    state.f32(offset + 16, 50 + random.normal() * 10);
  } else if (kind === 1) {
    state.u32(offset + 12, state.getU32(offset + 12) + random.below(50));
    state.u32(offset + 16, random.u32());
  } else state.ascii(offset + 12, `v=${random.below(1000)};st=${random.chance(0.8) ? 'ok' : 'fail'}     `.slice(0, 16));
}

function shuffled(count: number, random: Random): number[] {
  const order: number[] = [];
  for (let i = 0; i < count; i++) order.push(i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swap = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swap;
  }
  return order;
}

function zipfCumulative(): number[] {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= ENTRY_COUNT; rank++) {
    sum += 1 / rank ** ZIPF_EXPONENT;
    cumulative.push(sum);
  }
  return cumulative;
}

function drawRank(cumulative: readonly number[], random: Random): number {
  const point = random.unit() * (cumulative[cumulative.length - 1] ?? 1);
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 0) < point) low = middle + 1;
    else high = middle;
  }
  return low;
}
