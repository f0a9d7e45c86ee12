import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RemoteOperations } from '../../host/api/client.js';
import { DataFolder } from '../../host/data-folder.js';
import type { BoardReport } from '../../host/demo/fleet.js';
import { Cli, CliProcess, type CliResult } from '../host/support/cli.js';
import { newFolder } from '../host/support/real-run.js';
import { eventually } from './support/eventually.js';

interface Report {
  readonly boards: readonly BoardReport[];
  readonly totals: { readonly equal: number; readonly reopened: { readonly equal: number; readonly faults: [] } };
}

/** As a person in a checkout runs it. */
function npmStart(...args: readonly string[]): Promise<CliResult> {
  return new CliProcess(spawn('npm', ['start', '--silent', '--', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })).ended;
}

function fromSource(path: string, ...args: readonly string[]): Promise<CliResult> {
  const command = ['--import', './tools/ts.js', 'host/cli.ts', ...args];
  return new CliProcess(spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path } })).ended;
}

describe('godwit up --emulate', () => {
  it('npm start -- --emulate 1 --for 20s --json: a board in QEMU beside the simulated ones loses its power, and all end equal', async () => {
    const { code, stdout } = await npmStart('--emulate', '1', '--for', '20s', '--json');
    const { boards, totals } = JSON.parse(stdout) as Report;
    expect(boards.map(({ board }) => board).slice(4)).toEqual(['qemu1']);
    const emulated = boards[4]!;
    expect(emulated).toMatchObject({ agent: 'counter', equal: true, powerLosses: 1, refills: 1 });
    expect(emulated.link).toMatch(/^serial:.*qemu1/);
    expect(emulated.boardSha256).toBe(emulated.hostSha256);
    expect(emulated.commits).toBeGreaterThan(20);
    expect(emulated.deltas).toBeGreaterThan(10);
    expect(emulated.wireBytes).toBeGreaterThan(emulated.deltas * 10);
    expect(totals).toMatchObject({ boards: 5, equal: 5, reopened: { equal: 5, faults: [] } });
    expect(code).toBe(0);
    expect(existsSync(emulated.link.slice('serial:'.length))).toBe(false);
  });

  it('is ended by Ctrl-C, which a terminal sends to all of its processes; on the same folder the same board goes on', async () => {
    const folder = newFolder();
    const data = new DataFolder(folder.path);
    const command = ['--import', './tools/ts.js', 'host/cli.ts', 'up', '--emulate', '1', '--data', folder.path, '--json'];
    const seen: BoardReport[] = [];
    for (let run = 0; run < 2; run++) {
      // A process group of its own, as a terminal makes one.
      const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      const running = new CliProcess(child);
      const goal = (seen[0]?.headSequence ?? 0) + 8;
      await eventually('the board runs', async () => {
        if (data.announced()?.pid !== child.pid) return false;
        const [row] = await new RemoteOperations(data.announced()!).list();
        return (row?.headSequence ?? 0) >= goal;
      });
      process.kill(-child.pid!, 'SIGINT');
      const { code, stdout } = await running.ended;
      const { boards, totals } = JSON.parse(stdout) as Report;
      expect(totals).toMatchObject({ boards: 1, agents: 1, equal: 1, reopened: { equal: 1, faults: [] } });
      expect(code).toBe(0);
      seen.push(boards[0]!);
    }
    expect([seen[0]!.refills, seen[1]!.refills]).toEqual([0, 1]);
    folder.remove();
  });

  it('a board that is vacant when it starts is in the verdict once an agent has moved to it', async () => {
    const folder = newFolder();
    const data = new DataFolder(folder.path);
    const running = async (...args: readonly string[]) => {
      const command = ['--import', './tools/ts.js', 'host/cli.ts', 'up', '--emulate', '1', '--data', folder.path, '--json', ...args];
      const up = new CliProcess(spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] }));
      await eventually('the host runs', () => data.announced()?.pid === up.child.pid);
      return { up, remote: new RemoteOperations(data.announced()!) };
    };
    const ended = async (up: CliProcess): Promise<BoardReport[]> => {
      up.child.kill('SIGHUP');
      const { code, stdout } = await up.ended;
      expect(code).toBe(0);
      return [...(JSON.parse(stdout) as Report).boards];
    };
    const moved = async (remote: RemoteOperations, agent: string, to?: string) => {
      await eventually('the order is taken', async () => (await remote.migrate(agent, to).catch(() => undefined)) !== undefined);
      await eventually('it has moved', async () => ['done', 'aborted'].includes((await remote.move(agent)).phase));
    };
    const first = await running('--vacant', '1');
    await eventually('the board runs', async () => ((await first.remote.list())[0]?.headSequence ?? 0) > 5);
    const { agentId, boardId } = (await first.remote.list())[0]!;
    await moved(first.remote, agentId);
    expect((await ended(first.up)).map(({ board }) => board)).toEqual(['kestrel']);

    const second = await running('--vacant', '1');
    await moved(second.remote, agentId, boardId);
    const before = (await second.remote.list())[0]!.headSequence;
    await eventually('it runs on the emulated board', async () => (await second.remote.list())[0]!.headSequence > before + 3);
    expect(await ended(second.up)).toMatchObject([{ board: 'qemu1', agent: 'counter', equal: true }]);
    folder.remove();
  });

  it('says in one line where it cannot be: in the installed package, and without the tools', async () => {
    // A bundle has sim/rv32 no more than the package has.
    const cli = await Cli.build();
    const installed = await cli.run('up', '--emulate', '1', '--for', '1s');
    cli.remove();
    expect(installed).toMatchObject({ code: 1, stdout: '' });
    expect(installed.stderr).toMatch(/^godwit: --emulate needs a checkout of the repository[^\n]*\n$/);

    const bare = await fromSource('/nowhere', 'up', '--emulate', '1', '--for', '1s');
    expect(bare).toMatchObject({ code: 1, stdout: '' });
    expect(bare.stderr).toMatch(/^godwit: [^\n]*apt-get install [^\n]*qemu-system-misc[^\n]*\n$/);
  });

  it.each(['5', '-1', '1.5', 'one', ''])('%j boards are wrong usage', async (count) => {
    const { code, stderr } = await fromSource(process.env.PATH!, 'up', '--emulate', count);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^godwit: [^\n]*0 to 4[^\n]*\n$/);
  });
});
