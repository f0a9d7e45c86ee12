// An agent that counts moves between two emulated boards of the firmware, at the real host: one at a serial port, one through Mosquitto.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardImage } from '../../sim/rv32/machines.js';
import { Cli } from '../host/support/cli.js';
import { eventually } from './support/eventually.js';
import { MoveRig } from './support/move-rig.js';

let cli: Cli;
let rig: MoveRig;
beforeAll(async () => {
  cli = await Cli.build();
  const program = { agentPath: 'sim/rv32/programs/counting-agent.ts', agentExport: 'countingAgent', config: { backOff: false } };
  rig = new MoveRig(cli, await boardImage(program));
  await rig.start();
});
afterAll(async () => {
  await rig.remove();
  cli.remove();
});

/** A move from where the agent is to the other board, as a person orders it. */
async function migrate(): Promise<void> {
  const [, other] = await rig.places();
  const { code, stdout, stderr } = await rig.run('migrate', rig.agentId, '--to', other.boardId);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect((await rig.places())[0].boardId).toBe(other.boardId);
}

describe('an agent that counts, between two emulated boards', () => {
  it('godwit migrate: from serial to MQTT and back while it runs; no number is missing, none comes twice', async () => {
    for (let move = 0; move < 2; move++) {
      await migrate();
      await rig.oneRuns();
    }
    await rig.expectCounted();
    expect((await rig.places())[0]).toBe(rig.serial);
  });

  it('godwit rollback: back to the board that it came from', async () => {
    await migrate();
    await rig.oneRuns();
    const { code, stderr } = await rig.run('rollback', rig.agentId);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await eventually('it is back', async () => (await rig.places())[0] === rig.serial);
    await rig.oneRuns();
    await rig.expectCounted();
  });

  it('godwit restore: its board is dead; when that comes back, it is vacant', async () => {
    const [dead, spare] = await rig.places();
    await dead.machine.powerOff();
    await eventually('its board is away', async () =>
      (await rig.boards()).every(({ boardId, link }) => boardId !== dead.boardId || link === ''),
    );
    const { code, stdout, stderr } = await rig.run('restore', rig.agentId, '--to', spare.boardId);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    await rig.counts(10);
    await dead.machine.powerOn();
    await rig.oneRuns();
    expect((await rig.places())[0]).toBe(spare);
    await rig.expectCounted();
  });
});

describe('a loss of power in the middle of a move', () => {
  const parties = ['source', 'target', 'host'] as const;
  const moments = ['while the target is filled', 'once it is prepared, or later'] as const;
  it.each(parties.flatMap((party) => moments.map((moment) => [party, moment] as const)))('of the %s, %s', async (party, moment) => {
    const [source, target] = await rig.places();
    await rig.operations().migrate(rig.agentId, target.boardId);
    if (moment === moments[1]) {
      await eventually('the target is prepared', async () => (await rig.move()).phase !== 'filling');
    }
    if (party === 'host') {
      await rig.killHost();
      await rig.startHost();
    } else {
      const { machine } = party === 'source' ? source : target;
      await machine.powerOff();
      await machine.powerOn();
    }
    await rig.oneRuns();
    await eventually('the move is over', async () => ['done', 'aborted'].includes((await rig.move()).phase), 60_000);
    await rig.oneRuns();
    await rig.expectCounted();
  });
});
