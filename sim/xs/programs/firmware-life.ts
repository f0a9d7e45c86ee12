// A board's life with its whole firmware, from its start: boot, hello, state or refill, then turns of an agent that uses all of its
// runtime. What the machine holds at the end is read by the engine's host. Arguments: serial or mqtt, stored or modelled, steps before the readings, steps
// between them, a number for this boot.
import { Board } from '../../../firmware/board.js';
import type { BoardSettings } from '../../../firmware/platform.js';
import { host } from '../host-api.js';
import { fullAgent } from './full-agent.js';
import { LINK_NAME, PipePlatform } from './pipe-platform.js';

/** More often than a flash would bear, so that the readings have some in them. */
const CHECKPOINT_EVERY_MS = 8000;
const SETTLE_STEPS_MAX = 100_000;

const [link, coding, warmUpSteps, steps, boot] = host.args();
const settings: BoardSettings = {
  boardId: new Uint8Array(16).fill(1),
  agentId: new Uint8Array(16).fill(2),
  linkName: LINK_NAME,
  link: link as 'serial' | 'mqtt',
  baud: 115_200,
  ssid: 'net',
  wifiPassword: '',
  brokerHost: 'broker',
  brokerPort: 1883,
  user: '',
  password: '',
};
const platform = new PipePlatform(settings.link, Number(boot));
const board = new Board(fullAgent, platform, {
  settings,
  runner: { checkpointEveryMs: CHECKPOINT_EVERY_MS, link: { compress: coding === 'modelled' } },
});
board.start();
for (let step = 0; step < Number(warmUpSteps); step++) platform.step();
const runner = board.runner!;
const { counters } = runner.link;
host.gc();
const chunks = host.chunks();
const collections = host.collections();
let slotsTaken = 0;
let framesOut = 0;
for (let step = 0; step < Number(steps); step++) {
  const framesBefore = counters.framesOut;
  const collectionsBefore = host.collections();
  const slotsBefore = host.slots();
  platform.step();
  const slotsAfter = host.slots();
  // A step with a collection in it says nothing of what its frames took.
  if (host.collections() !== collectionsBefore) continue;
  slotsTaken += slotsAfter - slotsBefore;
  framesOut += counters.framesOut - framesBefore;
}
const chunksAfter = host.chunks();
const collectionsAfter = host.collections();
for (let step = 0; !runner.link.isSettled; step++) {
  if (step === SETTLE_STEPS_MAX) throw new Error('the host never held everything');
  platform.step();
}
if (runner.counters.checkpoints === 0 && Number(steps) > 0) throw new Error('the board never saved a checkpoint');
const { deltasDone, deltasAborted, refills } = counters;
host.writeOutput(runner.memory.bytes, runner.memory.sizeBytes);
host.print(
  JSON.stringify({
    deltas: deltasDone,
    aborts: deltasAborted,
    refills,
    framesOut,
    slots: slotsTaken,
    chunkBytes: chunksAfter - chunks,
    collections: collectionsAfter - collections,
  }),
);
host.gc();
