import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../sim/random.js';
import type { BoardImage } from '../../sim/rv32/emulator.js';
import { boardImage } from '../../sim/rv32/machines.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { Cli } from '../host/support/cli.js';
import { Rig } from './support/rig.js';

const COMMITS = 10_000;
const INTERRUPTIONS = 24;
/** One in so many takes the power, not only the RAM. */
const POWER_CUT_EVERY = 3;
const MOMENT_MS_MAX = 40;
const LOOK_EVERY_MS = 100;
const SEED = suiteSeed();

let cli: Cli;
let image: BoardImage;
let rig: Rig;
beforeAll(async () => {
  cli = await Cli.build();
  image = await boardImage({ agentPath: 'sim/rv32/programs/soak-agent.ts', agentExport: 'soakAgent', config: { backOff: false } });
  rig = new Rig(cli, image);
});
afterAll(async () => {
  await rig.remove();
  cli.remove();
});

/** Waits until so many turns are part of the head: what the agent did and did not lose. */
async function reach(turns: number): Promise<void> {
  for (let reached = 0; reached < turns; ) {
    await delay(LOOK_EVERY_MS);
    reached = ((await rig.agent())?.fields as { turns: number } | undefined)?.turns ?? 0;
  }
}

it(`I1: ${COMMITS} commits with ${INTERRUPTIONS} resets and power cuts at any moment in between; RAM, head and store end equal (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  await rig.enrol();
  await rig.startHost();
  let powerCuts = 0;
  for (let round = 1; round <= INTERRUPTIONS; round++) {
    await reach(Math.floor((round * COMMITS) / (INTERRUPTIONS + 1)));
    await delay(random.unit() * MOMENT_MS_MAX);
    if (round % POWER_CUT_EVERY === 0) {
      powerCuts++;
      await rig.board.powerOff();
      await rig.board.powerOn();
    } else {
      await rig.board.reset();
    }
  }
  await reach(COMMITS);
  await rig.send('stop');
  expect((await rig.agent())!.epoch).toBeGreaterThanOrEqual(1 + INTERRUPTIONS);
  expect(rig.board.resets).toEqual({ own: 0, outside: INTERRUPTIONS - powerCuts });
  const { engine, status } = await rig.endsEqual();
  expect(status.turnsThrown).toBe(0);
  expect(engine.keyValueDamaged).toBe(0);
});
