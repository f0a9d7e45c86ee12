import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const SLOT_BYTES = 256;
const SLOT_COUNT = 32;

/** 8 KiB of JSON documents in slots of 256 bytes; a few are written anew, with other lengths, at each commit. */
export function jsonText(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(SLOT_BYTES * SLOT_COUNT);
  let time = 1_700_000_000;
  const write = (slot: number): void => {
    const reading = `"t":${(20 + random.normal() * 3).toFixed(2)},"h":${(50 + random.normal() * 9).toFixed(1)}`;
    const status = `"state":"${random.chance(0.8) ? 'online' : 'sleeping'}","rssi":-${random.between(40, 90)}`;
    const text = `{"id":"device-${slot}","ts":${time},${reading},${status},"tags":["roof","n${slot % 5}"]}`;
    state.ascii(slot * SLOT_BYTES, text.padEnd(SLOT_BYTES, '\0'));
  };
  for (let slot = 0; slot < SLOT_COUNT; slot++) write(slot);
  return recordWorkload('json-text', state, commitCount, () => {
    time += random.between(1, 20);
    for (let n = random.between(1, 3); n > 0; n--) write(random.below(SLOT_COUNT));
  });
}
