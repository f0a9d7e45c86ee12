import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const NODE_BYTES = 20;
const NODE_COUNT = 1000;
const NODES_OFFSET = 32;
const NONE = 0xffff;

/** A pool of 1000 nodes in three priority queues, linked by 16-bit indices; jobs come, move and go. */
export function linkedQueue(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(NODES_OFFSET + NODE_BYTES * NODE_COUNT + 12);
  const node = (index: number): number => NODES_OFFSET + index * NODE_BYTES;
  const popFront = (queue: number): number => {
    const index = state.getU16(queue * 4);
    if (index === NONE) return NONE;
    const next = state.getU16(node(index));
    state.u16(queue * 4, next);
    if (next === NONE) state.u16(queue * 4 + 2, NONE);
    else state.u16(node(next) + 2, NONE);
    return index;
  };
  const pushBack = (queue: number, index: number): void => {
    const last = state.getU16(queue * 4 + 2);
    state.u16(node(index), NONE);
    state.u16(node(index) + 2, last);
    if (last === NONE) state.u16(queue * 4, index);
    else state.u16(node(last), index);
    state.u16(queue * 4 + 2, index);
  };
  for (let queue = 0; queue < 4; queue++) state.u32(queue * 4, 0xffffffff);
  for (let i = 0; i < NODE_COUNT; i++) pushBack(0, (i * 389) % NODE_COUNT);
  let jobId = 0;
  const turn = (): void => {
    for (let n = random.between(1, 5); n > 0; n--) {
      const index = popFront(random.chance(0.5) ? 0 : random.between(1, 3));
      if (index === NONE) continue;
      state.u32(node(index) + 4, ++jobId);
      state.u32(node(index) + 8, 1_000_000 + jobId * 7);
      state.f32(node(index) + 12, random.unit());
      pushBack(random.between(0, 3), index);
    }
    state.u32(16, jobId);
  };
  for (let i = 0; i < 400; i++) turn();
  return recordWorkload('linked-queue', state, commitCount, turn);
}
