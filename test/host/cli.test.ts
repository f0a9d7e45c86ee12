import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, AgentView, VerifyReport } from '../../host/operations.js';
import { LevelStore } from '../../host/store/level-store.js';
import { Cli, type CliResult } from './support/cli.js';
import { appendAll, asked, firstGrant, LineWriter } from './support/line-writer.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const COMMANDS = [
  ...['up', 'ls', 'show', 'verify', 'send', 'forget', 'boards', 'restore', 'migrate', 'rollback', 'fork', 'stats'],
  ...['sim', 'bench', 'check', 'firmware', 'new', 'flash', 'enroll', 'monitor'],
];
const ONE_LINE = /^godwit: [^\n]+\n$/;

let cli: Cli;
let folder: ReturnType<typeof newFolder>;
beforeAll(async () => {
  cli = await Cli.build();
  folder = newFolder();
});
afterAll(() => {
  cli.remove();
  folder.remove();
});

function expectUsageError(result: CliResult): void {
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toMatch(ONE_LINE);
}

function expectFailure(result: CliResult, text: RegExp): void {
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(ONE_LINE);
  expect(result.stderr).toMatch(text);
}

describe('godwit, the command', () => {
  it.each(COMMANDS)('%s --help says what it does, with examples', async (command) => {
    const { code, stdout, stderr } = await cli.run(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: godwit ${command}`);
    expect(stdout).toContain(`$ godwit ${command}`);
  });

  it('tells its version and its commands', async () => {
    expect((await cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = (await cli.run('--help')).stdout;
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect((await cli.run()).code).toBe(2);
  });

  it('answers wrong usage with exit code 2 and one line', async () => {
    const wrong = [
      ['lss'],
      ['ls', '--jsn'],
      ['ls', 'more'],
      ['show'],
      ['send', 'kestrel'],
      ['send', 'kestrel', '0g', '--hex', '--data', folder.path],
      ['send', 'kestrel', 'x'.repeat(241)],
      ['forget', 'kestrel'],
      ['up', '--serial'],
      ['up', '--serial', '/dev/ttyUSB0:7'],
      ['up', '--mqtt', 'http://broker'],
      ['up', '--for', '10'],
      ['up', '--for', '0s'],
      ['up', '--sim', '-1'],
      ['up', '--sim', '1e3'],
      ['up', '--seed', '4294967296'],
      ['up', '--api-port', '70000'],
    ];
    for (const result of await Promise.all(wrong.slice(0, 8).map((args) => cli.run(...args)))) expectUsageError(result);
    for (const result of await Promise.all(wrong.slice(8).map((args) => cli.run(...args)))) expectUsageError(result);
  });

  it('says what to do where nothing is, or something else', async () => {
    expectFailure(await cli.run('ls', '--data', join(folder.path, 'none')), /start one with "godwit up"/);
    const file = join(folder.path, 'file');
    writeFileSync(file, 'x');
    expectFailure(await cli.run('up', '--data', file, '--for', '1s'), /--data folder/);
    const noStore = join(folder.path, 'no-store');
    mkdirSync(join(noStore, 'store'), { recursive: true });
    writeFileSync(join(noStore, 'store', 'CURRENT'), 'nonsense');
    expectFailure(await cli.run('ls', '--data', noStore), /damaged|cannot be opened/);
    writeFileSync(join(noStore, 'host.json'), '{"version":1,"pid":1,"address":"http://127.0.0.1:1","token":"0"}');
    expectFailure(await cli.run('ls', '--data', noStore), /damaged|cannot be opened/);
  });
});

describe('godwit without a running host', () => {
  const AGENTS = ['a1'.repeat(16), 'a2'.repeat(16), 'b3'.repeat(16)];
  let data: string;
  beforeAll(async () => {
    data = join(folder.path, 'offline');
    const store = await LevelStore.open(join(data, 'store'));
    for (const [index, agentId] of AGENTS.entries()) {
      await asked<void>((done) => store.grant(agentId, firstGrant(100, { agentName: index < 2 ? 'twin' : 'esc\u001b[2Jape' }), done));
      const line = new LineWriter(100);
      await appendAll(store, agentId, [line.next((memory) => memory.setU32(4, 7)), line.next((memory) => memory.setU32(8, 9))]);
    }
    await asked<void>((done) => store.close(done));
  });

  it('opens the store itself', async () => {
    const { code, stdout } = await cli.run('ls', '--json', '--data', data);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as AgentRow[]).map((row) => [row.agentId, row.headSequence, row.link])).toEqual(
      AGENTS.map((agentId) => [agentId, 2, '']),
    );
    const view = JSON.parse((await cli.run('show', 'B3b3', '--json', '--data', data)).stdout) as AgentView;
    expect(view.preview.slice(0, 24)).toBe('00000000' + '07000000' + '09000000');
    expect(await cli.run('verify', '--data', data)).toMatchObject({ code: 0, stdout: expect.stringContaining('sound') });
  });

  it('prints no control characters that came from a board', async () => {
    for (const args of [['ls'], ['show', 'b3b3'], ['verify']]) {
      const { stdout } = await cli.run(...args, '--data', data);
      expect(stdout).toContain('ape');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }
  });

  it('names several agents of one name, and forgets only with --yes', async () => {
    expectFailure(await cli.run('show', 'twin', '--data', data), /2 agents are called "twin": give the id of one/);
    expectFailure(await cli.run('show', 'none', '--data', data), /no agent "none"/);
    expectUsageError(await cli.run('forget', 'a1a1', '--data', data));
    expect(await cli.run('forget', 'a1a1', '--yes', '--data', data)).toMatchObject({ code: 0, stderr: '' });
    expect((JSON.parse((await cli.run('ls', '--json', '--data', data)).stdout) as AgentRow[]).length).toBe(2);
    expect((await cli.run('show', 'twin', '--data', data)).code).toBe(0);
  });
});

describe('godwit up', () => {
  it('runs a host that the other commands find, until Ctrl-C', async () => {
    const data = join(folder.path, 'up');
    const host = cli.start('up', '--sim', '2', '--data', data);
    await until('two agents with a head', async () => {
      const { code, stdout } = await cli.run('ls', '--json', '--data', data);
      return code === 0 && (JSON.parse(stdout) as AgentRow[]).filter((row) => row.headSequence > 0).length === 2;
    });
    expect(await cli.run('up', '--data', data, '--for', '1s')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/another process holds the store/),
    });
    expect((await cli.run('show', 'counter', '--data', data)).stdout).toContain('over mqtt:kestrel');
    expect(await cli.run('send', 'counter', 'hello', '--data', data)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('message 1 is queued'),
    });
    expect((await cli.run('verify', '--data', data)).code).toBe(0);
    host.child.kill('SIGINT');
    const ended = await host.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('Sound: 2 of 2 heads equal');
    expect((await cli.run('verify', '--data', data)).code).toBe(0);
    expect(await cli.run('send', 'counter', 'later', '--data', data)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('message 2 is queued'),
    });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly when %s comes while it still starts', async (signal) => {
    const data = join(folder.path, `early-${signal}`);
    const host = cli.start('up', '--sim', '1', '--json', '--data', data);
    await until('its folder is made', () => existsSync(data));
    host.child.kill(signal);
    const { code, stdout, stderr } = await host.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ boards: [{ equal: true }] });
  });

  it('ends with one line when its ports are taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const option of ['--broker-port', '--api-port']) {
      expectFailure(
        await cli.run('up', option, String(port), '--data', join(folder.path, 'taken'), '--for', '1s'),
        /EADDRINUSE.*give another/,
      );
    }
    taken.close();
  });

  it('I2: ends with one line when the disk takes no more, and what it acknowledged before is sound', async () => {
    const data = join(folder.path, 'full');
    expectFailure(await cli.runLimited(5, 'up', '--sim', '4', '--data', data, '--for', '1m'), /could not write.*see to .*then start again/);
    const { code, stdout } = await cli.run('verify', '--json', '--data', data);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as VerifyReport[]).reduce((points, report) => points + report.points, 0)).toBeGreaterThan(4);
  });

  it('the demonstration ends by itself with one JSON object: every head equal, one board refilled, the store reopened', async () => {
    const { code, stdout, stderr } = await cli.run('up', '--demo', '--for', '3s', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { boards, totals } = JSON.parse(stdout);
    expect(boards).toHaveLength(4);
    for (const board of boards) {
      expect(board).toMatchObject({ equal: true, boardSha256: board.hostSha256 });
      expect(board.commits).toBeGreaterThan(0);
      expect(board.wireBytes).toBeGreaterThan(0);
      expect(board.headSequence).toBeGreaterThan(0);
    }
    expect(boards.map((board: { link: string }) => board.link.split(':')[0]).sort()).toEqual(['mqtt', 'mqtt', 'mqtt', 'serial']);
    expect(totals).toMatchObject({ boards: 4, equal: 4, powerLosses: 1, refills: 1, reopened: { equal: 4, faults: [] } });
  });
});
