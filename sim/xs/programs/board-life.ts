// A board's life from its start: boot, hello, state or refill, then turns of an agent that uses all of its runtime. What the machine holds
// at the end is read by the engine's host. Arguments: stored or modelled, steps, a number for this boot.
import { host } from '../host-api.js';
import { fullAgent } from './full-agent.js';
import { PipeBoard } from './pipe-board.js';

const WARM_UP_STEPS = 200;

const [codec, steps, boot] = host.args();
const board = new PipeBoard(fullAgent, codec === 'modelled', Number(boot));
for (let step = 0; step < WARM_UP_STEPS; step++) board.step();
host.gc();
const slots = host.slots();
const chunks = host.chunks();
const collections = host.collections();
for (let step = 0; step < Number(steps); step++) board.step();
const slotsAfter = host.slots();
const chunksAfter = host.chunks();
const collectionsAfter = host.collections();
board.settle();
const { runner } = board;
const { deltasDone, deltasAborted, refills } = runner.link.counters;
host.writeOutput(runner.memory.bytes, runner.memory.sizeBytes);
host.print(
  JSON.stringify({
    deltas: deltasDone,
    aborts: deltasAborted,
    refills,
    grown: { slots: slotsAfter - slots, chunkBytes: chunksAfter - chunks, collections: collectionsAfter - collections },
  }),
);
host.gc();
