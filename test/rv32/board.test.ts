import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BoardImage } from '../../sim/rv32/emulator.js';
import { boardImage } from '../../sim/rv32/machines.js';
import { bundle } from '../host/support/bundle.js';
import { Cli } from '../host/support/cli.js';
import { eventually } from './support/eventually.js';
import { Rig } from './support/rig.js';

let cli: Cli;
let image: BoardImage;
let rig: Rig;
beforeAll(async () => {
  cli = await Cli.build();
  image = await boardImage({ agentPath: 'examples/counter.ts', agentExport: 'counter' });
  rig = new Rig(cli, image);
});
afterAll(async () => {
  await rig.remove();
  cli.remove();
});

type Fields = { readonly count: number };
const count = async (): Promise<number> => ((await rig.agent())!.fields as Fields).count;

describe('an emulated board at godwit up --serial', () => {
  it('boots, says hello and streams deltas', async () => {
    await rig.enrol();
    await rig.startHost();
    await eventually('a head', async () => (await rig.agent().catch(() => undefined)) !== undefined);
    await rig.advance(4);
    expect(await rig.agent()).toMatchObject({ agentName: 'counter', link: `serial:${rig.board.serialPath}` });
    const { status } = await rig.reading();
    expect([status.refills, status.turns >= 4, status.deltas >= 4]).toEqual([0, true, true]);
    expect(rig.board.resets).toEqual({ own: 0, outside: 0 });
  });

  it('is reset, is refilled and goes on where it was', async () => {
    const before = (await rig.agent())!;
    await rig.board.reset();
    await eventually('another epoch', async () => (await rig.agent())!.epoch > before.epoch);
    await rig.advance(4);
    expect(await count()).toBeGreaterThan((before.fields as Fields).count);
    expect((await rig.reading()).status.refills).toBe(1);
    expect(rig.board.resets).toEqual({ own: 0, outside: 1 });
  });

  it('loses its power: the port goes, the host waits for it; with power it comes back', async () => {
    await rig.board.powerOff();
    expect(existsSync(rig.board.serialPath)).toBe(false);
    await eventually('the host has seen it go', async () => (await rig.agent())!.link === '');
    const before = (await rig.agent())!;
    await rig.board.powerOn();
    await eventually('another epoch', async () => (await rig.agent())!.epoch > before.epoch);
    await rig.advance(4);
    const { count: counted } = before.fields as Fields;
    expect(await count()).toBeGreaterThan(counted);
    expect(await count()).toBeLessThan(counted + 100);
  });

  it('outlives a host that is killed, and the next one takes up its commits', async () => {
    const { epoch } = (await rig.agent())!;
    const turns = (await rig.reading()).status.turns;
    await rig.killHost();
    await eventually('the agent goes on alone', async () => (await rig.reading()).status.turns > turns + 4);
    await rig.startHost();
    await rig.advance(4);
    expect(await rig.agent()).toMatchObject({ epoch });
  });

  it('ends with the same bytes in its RAM, in the head and in the reopened store', async () => {
    await rig.endsEqual();
  });

  it('is gone with the process that made it, however that ended', async () => {
    const program = await bundle('test/rv32/support/board-owner.ts');
    const { path, ramBytes } = image;
    const owner = spawn(process.execPath, [program.path, path, String(ramBytes), join(rig.folder, 'owned')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let pid = '';
    owner.stdout.setEncoding('utf8').on('data', (text: string) => {
      pid += text;
    });
    await eventually('its board runs', () => pid !== '' && existsSync(`/proc/${pid}`));
    owner.kill('SIGKILL');
    await eventually('its board is gone', () => !existsSync(`/proc/${pid}`));
    program.remove();
  });
});
