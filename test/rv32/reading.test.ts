import { afterAll, beforeAll, expect, it } from 'vitest';
import { boardImage } from '../../sim/rv32/machines.js';
import { slowAgent } from '../../sim/rv32/programs/slow-agent.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { Cli } from '../host/support/cli.js';
import { Rig } from './support/rig.js';

const TURNS = 20;
const READINGS_MAX = 100_000;

let cli: Cli;
let rig: Rig;
beforeAll(async () => {
  cli = await Cli.build();
  rig = new Rig(cli, await boardImage({ agentPath: 'sim/rv32/programs/slow-agent.ts', agentExport: 'slowAgent' }));
});
afterAll(async () => {
  await rig.remove();
  cli.remove();
});

it('a board is stopped, and read, between two turns: never in one, though it is in one most of the time', async () => {
  await rig.enrol();
  await rig.startHost();
  await rig.advance(2);
  const memory = new PageMemory({ sizeBytes: slowAgent.sizeBytes });
  const state = slowAgent.state.create(memory);
  let first = 0;
  for (let readings = 0; state.ended < first + TURNS; readings++) {
    if (readings === READINGS_MAX) throw new Error(`${state.ended - first} turns in ${readings} readings`);
    const reading = await rig.reading();
    memory.load(0, reading.state, 0, slowAgent.sizeBytes);
    expect(state.ended).toBe(state.begun);
    expect(reading.status.turns).toBe(state.ended + 1);
    if (readings === 0) first = state.ended;
  }
});
