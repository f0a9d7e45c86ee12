import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../sim/random.js';
import type { BoardImage } from '../../sim/rv32/emulator.js';
import { boardImage } from '../../sim/rv32/machines.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { Cli } from '../host/support/cli.js';
import { Rig } from './support/rig.js';

const COMMITS = 10_000;
/** Stretches of commits, with one or more interruptions after each. */
const ROUNDS = 24;
/** Commits at the end in which nothing happens. */
const UNDISTURBED = 250;
/** Chances: the power goes, not only the RAM; the next interruption comes during the start. */
const POWER_CUTS = 0.35;
const CUT_SHORT = 0.25;
const MOMENT_MS_MAX = 250;
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

/** Resets the board or takes its power, at random; some of its starts are cut short by another one. */
async function interrupt(random: Random, counts: { resets: number; powerCuts: number }): Promise<void> {
  do {
    await delay(random.unit() * MOMENT_MS_MAX);
    if (random.chance(POWER_CUTS)) {
      counts.powerCuts++;
      await rig.board.powerOff();
      await rig.board.powerOn();
    } else {
      counts.resets++;
      await rig.board.reset();
    }
  } while (random.chance(CUT_SHORT));
}

it(`I1: ${COMMITS} commits with resets and power cuts at any moment in between; RAM, head and store end equal (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const counts = { resets: 0, powerCuts: 0 };
  await rig.enrol();
  await rig.startHost();
  for (let round = 1; round <= ROUNDS; round++) {
    await reach(Math.floor((round * COMMITS) / (ROUNDS + 1)));
    await interrupt(random, counts);
  }
  await reach(COMMITS - UNDISTURBED);
  const before = await rig.reading();
  await reach(COMMITS);
  const after = await rig.reading();
  await rig.send('stop');

  expect(rig.board.resets).toEqual({ own: 0, outside: counts.resets });
  expect(counts.powerCuts).toBeGreaterThan(ROUNDS / 10);
  expect(await rig.operations().list()).toHaveLength(1);
  const { status } = await rig.endsEqual();
  expect(status.turnsThrown).toBe(0);
  // I5, on the instruction set of an ESP32-C3: no slot, no chunk, no collection.
  expect(after.status.turns - before.status.turns).toBeGreaterThan(UNDISTURBED / 2);
  const grown = (key: 'slots' | 'chunkBytes' | 'collections'): number => after.engine[key] - before.engine[key];
  expect([grown('slots'), grown('chunkBytes'), grown('collections')]).toEqual([0, 0, 0]);
});
