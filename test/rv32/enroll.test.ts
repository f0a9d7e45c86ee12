// The commands that a newcomer types, at a board that has never been told anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BoardDescription } from '../../host/enrol/board-description.js';
import { boardImage } from '../../sim/rv32/machines.js';
import { Cli, type CliResult } from '../host/support/cli.js';
import { until } from '../host/support/recorder.js';
import { Rig } from './support/rig.js';

const AGENT_ID = 'a0'.repeat(16);

let cli: Cli;
let rig: Rig;
beforeAll(async () => {
  cli = await Cli.build();
  rig = new Rig(cli, await boardImage({ agentPath: 'examples/counter.ts', agentExport: 'counter' }));
  await rig.board.powerOn();
});
afterAll(async () => {
  await rig.remove();
  cli.remove();
});

function enroll(...args: readonly string[]): Promise<CliResult> {
  return cli.run('enroll', '--port', rig.board.serialPath, ...args);
}

async function shown(): Promise<BoardDescription> {
  const { code, stdout, stderr } = await enroll('--show', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as BoardDescription;
}

describe('an emulated board that is told who it is', () => {
  it('is enrolled by the command, and remembers it without power', async () => {
    expect(await shown()).toMatchObject({ isEnrolled: false, agentName: 'counter' });
    expect(await enroll('--name', 'qemu', '--agent-id', AGENT_ID)).toMatchObject({ code: 0, stderr: '' });
    const told = await shown();
    expect(told).toMatchObject({ isEnrolled: true, agentId: AGENT_ID, link: 'serial', linkName: 'qemu' });
    await rig.board.powerOff();
    await rig.board.powerOn();
    expect(await shown()).toEqual(told);
    expect((await enroll('--name', 'other')).stderr).toMatch(/already/);
  });

  it('is heard by the monitor: hellos that name it, and not one damaged frame', async () => {
    const { code, stdout, stderr } = await cli.run('monitor', '--port', rig.board.serialPath, '--for', '6s', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind?: string; type: string });
    const hellos = lines.filter(({ kind }) => kind === 'HELLO');
    expect(hellos.length).toBeGreaterThan(0);
    expect(hellos[0]).toMatchObject({ way: 'up', check: 'fits', fields: { agent: AGENT_ID, agentName: 'counter' } });
    expect(lines.at(-1)).toMatchObject({ type: 'end', bad: 0 });
  });

  it('becomes another agent by an enrolment that replaces the first', async () => {
    await rig.startHost();
    await until('its head', async () => (await rig.agent().catch(() => undefined))?.agentId === AGENT_ID);
    await rig.stopHost();
    const before = await shown();
    expect(await enroll('--replace', '--agent-id', 'random')).toMatchObject({ code: 0 });
    const after = await shown();
    expect(after).toMatchObject({ boardId: before.boardId, linkName: before.linkName });
    expect(after.agentId).not.toBe(AGENT_ID);
    await rig.startHost();
    await until('the head of the other agent', async () =>
      (await rig.operations().list()).some(({ agentId, headSequence }) => agentId === after.agentId && headSequence > 3),
    );
  });
});
