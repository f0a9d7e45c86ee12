import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataFolder } from '../../host/data-folder.js';
import type { AgentRow, AgentView } from '../../host/operations.js';
import type { BoardRow, MoveView, RestorePreviewView, StatsView } from '../../host/operations-moves.js';
import { LevelStore } from '../../host/store/level-store.js';
import type { HistoryPoint, StateAt } from '../../host/store/store.js';
import { SEQUENCE_STRIDE } from '../../src/link/epoch-line.js';
import { type Bundle, bundle } from './support/bundle.js';
import { Cli, type CliProcess, type CliResult } from './support/cli.js';
import { asked } from './support/line-writer.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const ONE_LINE = /^godwit: [^\n]+\n$/;
const COUNT_OFFSET_FROM_END = 4;

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

/** The commands of one data folder, and the host that runs on it. */
class Site {
  readonly data: string;
  host: CliProcess | undefined;

  constructor(name: string) {
    this.data = join(folder.path, name);
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return cli.run(...args, '--data', this.data);
  }

  async json<Answer>(...args: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Answer;
  }

  async fails(text: RegExp, ...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.run(...args);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(text);
    expect(code).toBe(1);
  }

  /** Starts a host and waits for so many agents that commit, and so many vacant boards. */
  async up(agents: number, vacant: number, ...args: readonly string[]): Promise<void> {
    this.host = cli.start('up', ...args, '--data', this.data);
    await until('the host runs', () => new DataFolder(this.data).announced()?.pid === this.host!.child.pid);
    await until(`${agents} agents and ${vacant} vacant boards`, async () => {
      const boards = await this.json<BoardRow[]>('boards');
      const running = (await this.json<AgentRow[]>('ls')).filter((row) => row.link !== '' && row.headSequence > 0);
      return running.length === agents && boards.filter((row) => row.agentId === '').length === vacant;
    });
  }

  /** Ctrl-C: what every board holds is compared with the store. */
  async endsSound(equal: number): Promise<void> {
    this.host!.child.kill('SIGINT');
    const { code, stdout, stderr } = await this.host!.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Sound: ${equal} of ${equal} heads equal`);
  }

  async board(name: string): Promise<BoardRow> {
    const row = (await this.json<BoardRow[]>('boards')).find(({ link }) => link === `mqtt:${name}`);
    if (row === undefined) throw new Error(`no board ${name}`);
    return row;
  }

  async count(): Promise<number> {
    return ((await this.json<AgentView>('show', 'counter')).fields as { count: number }).count;
  }

  async countsOn(): Promise<void> {
    const before = await this.count();
    await until('it counts on', async () => (await this.count()) > before + 1);
  }
}

interface Moved {
  readonly moves: MoveView[];
  readonly failures: { agent: string; failure: string }[];
  readonly left: string[];
}

/** Every retained state of the counter, in order: each of its commits adds one. */
async function expectNoGapNoRepeat(data: string, agentId: string): Promise<number> {
  const store = await LevelStore.open(join(data, 'store'));
  const points = await asked<readonly HistoryPoint[]>((done) => store.history(agentId, done));
  let before = { sequence: 0, count: -1 };
  let lines = 1;
  for (const { sequence } of points) {
    const { state } = (await asked<StateAt | undefined>((done) => store.stateAt(agentId, sequence, done)))!;
    const count = Buffer.from(state).readUInt32LE(state.length - COUNT_OFFSET_FROM_END);
    const isNewLine = Math.floor(sequence / SEQUENCE_STRIDE) > Math.floor(before.sequence / SEQUENCE_STRIDE);
    if (isNewLine) lines++;
    // A board that takes over begins a new stride of sequences: its first commit is the one after its multiple.
    expect(count - before.count, `at sequence ${sequence}`).toBe(isNewLine ? sequence % SEQUENCE_STRIDE : sequence - before.sequence);
    before = { sequence, count };
  }
  await asked<void>((done) => store.close(done));
  return lines;
}

describe('moves of agents that run', () => {
  let site: Site;
  let agentId: string;
  beforeAll(async () => {
    site = new Site('moves');
    await site.up(2, 2, '--sim', '2', '--vacant', '2');
    agentId = (await site.board('kestrel')).agentId;
  });

  it('boards tells which run an agent and which wait for one', async () => {
    const rows = await site.json<BoardRow[]>('boards');
    expect(rows.map(({ link, agentId: id, agentName }) => [link, id !== '', agentName]).sort()).toEqual([
      ['mqtt:curlew', true, 'weather-station'],
      ['mqtt:heron', false, 'weather-station'],
      ['mqtt:kestrel', true, 'counter'],
      ['mqtt:plover', false, 'counter'],
    ]);
    for (const row of rows) expect(row.silentMs).toBeGreaterThanOrEqual(0);
    expect((await site.run('boards')).stdout).toMatch(/mqtt:plover +vacant +counter/);
  });

  it('refuses what cannot be, names the way out, and changes nothing', async () => {
    const before = await site.json<AgentRow[]>('ls');
    await site.fails(/no agent "nobody": "godwit ls"/, 'migrate', 'nobody', '--to', 'plover');
    await site.fails(/no board "nowhere": "godwit boards"/, 'migrate', 'counter', '--to', 'nowhere');
    await site.fails(/not vacant \("godwit boards"/, 'migrate', 'counter', '--to', 'curlew');
    await site.fails(/firmware of "weather-station".*flash it/, 'migrate', 'counter', '--to', 'heron');
    await site.fails(/migrate it/, 'restore', 'counter', '--to', 'plover');
    await site.fails(/was not moved/, 'rollback', 'counter');
    for (const args of [
      ['migrate', 'counter'],
      ['migrate', 'counter', '--to', 'plover', '--to-any'],
      ['migrate', 'counter', 'weather-station', '--to', 'plover'],
      ['migrate', 'counter', 'counter', '--to-any'],
      ['restore', 'counter'],
      ['restore', 'counter', '--to', 'plover', '--at', '0'],
      ['fork', 'counter'],
      ['fork', 'counter', '--at', '1', '--for', '2h'],
    ]) {
      const { code, stderr } = await site.run(...args);
      expect({ code, isOneLine: ONE_LINE.test(stderr) }, args.join(' ')).toEqual({ code: 2, isOneLine: true });
    }
    const ids = (rows: AgentRow[]) => rows.map(({ agentId: id, boardId, epoch }) => ({ id, boardId, epoch }));
    expect(ids(await site.json('ls'))).toEqual(ids(before));
  });

  it('refuses to stand still for longer than allowed, and says why', async () => {
    await site.fails(
      /not moved, and goes on where it was: .*about \d+ ms, more than the 1 ms allowed: round trips and writes alone take that long/,
      ...['migrate', 'counter', '--to', 'plover', '--max-downtime', '1ms', '--json'],
    );
    expect(await site.board('kestrel')).toMatchObject({ agentId });
  });

  it('I4: migrate moves an agent while it counts, and shows its phases', async () => {
    const target = await site.board('plover');
    const { code, stdout, stderr } = await site.run('migrate', 'counter', '--to', 'plover', '--max-downtime', '5s');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const phase of ['filling', 'prepared', 'freezing', 'granting', 'activating', 'retiring', 'done'])
      expect(stdout).toMatch(new RegExp(`^${phase} +\\d`, 'm'));
    expect(stdout).toContain(`counter runs on board ${target.boardId}`);
    expect(stdout).toMatch(
      /stood still for [\d.]+ m?s\n {2}of which [\d.]+ m?s are the least: freeze, its answer and the last delta [\d.]+ m?s, .*activation/,
    );
    await site.countsOn();
    const rows = await site.json<BoardRow[]>('boards');
    expect(rows.find(({ link }) => link === 'mqtt:plover')).toMatchObject({ agentId, boardId: target.boardId });
    expect(rows.find(({ link }) => link === 'mqtt:kestrel')).toMatchObject({ agentId: '' });
  });

  it('rollback brings it back to the board it came from', async () => {
    const { isAbort, move } = await site.json<{ isAbort: boolean; move: MoveView }>('rollback', 'counter');
    expect({ isAbort, phase: move.phase, isRollback: move.isRollback }).toEqual({ isAbort: false, phase: 'done', isRollback: true });
    expect(await site.board('kestrel')).toMatchObject({ agentId, boardId: move.target });
    await site.countsOn();
  });

  it('moves several in batches, and stops after so many failures', async () => {
    const stopped = await site.run('migrate', 'nobody', 'counter', 'weather-station', '--to-any', '--json');
    expect(stopped.code).toBe(1);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ moves: [], failures: [{ agent: 'nobody' }], left: ['counter', 'weather-station'] });
    expect(stopped.stderr).toMatch(/1 of 3 agents were not moved: nobody: .*not begun: counter, weather-station\n$/);
    const moved = await site.json<Moved>('migrate', 'counter', 'weather-station', '--to-any', '--batch', '2');
    expect(moved.moves.map(({ agentName, phase }) => [agentName, phase])).toEqual([
      ['counter', 'done'],
      ['weather-station', 'done'],
    ]);
    expect([(await site.board('plover')).agentId, (await site.board('heron')).agentName]).toEqual([agentId, 'weather-station']);
    await site.countsOn();
  });

  it('stats counts every move', async () => {
    const stats = await site.json<StatsView>('stats');
    // The one that was refused was filled as well.
    expect(stats.migration.fullCount).toBe(5);
    expect(stats.migration.fullBytes).toBeGreaterThan(3 * 52);
    expect(stats.counters.framesIn).toBeGreaterThan(50);
    expect(stats.moves.map(({ agentName, phase }) => `${agentName} ${phase}`).sort()).toEqual(['counter done', 'weather-station done']);
    expect((await site.run('stats')).stdout).toMatch(/^counter +migrate .* done /m);
  });

  it('fork opens a retained state in the simulator, and the fleet does not notice', async () => {
    const before = await site.json<BoardRow[]>('boards');
    interface Forked {
      readonly sequence: number;
      readonly turns: number;
      readonly before: { readonly state: { readonly count: number } };
      readonly after: { readonly state: { readonly count: number } };
    }
    const forked = await site.json<Forked>('fork', 'counter', '--at', '5', '--for', '1m');
    expect(forked).toMatchObject({ sequence: 5, before: { state: { count: 4 } } });
    // Four turns a second; the first is due when it was due at sequence 5.
    expect(forked.after.state.count - 4).toBe(forked.turns);
    expect(Math.abs(forked.turns - 240)).toBeLessThanOrEqual(1);
    expect(await site.json<Forked>('fork', 'counter', '--at', '5', '--for', '1m')).toEqual({ ...forked, headSequence: expect.any(Number) });
    expect((await site.run('fork', 'counter', '--at', '5')).stdout).toMatch(/^count +4 +44$/m);
    expect((await site.json<BoardRow[]>('boards')).map(({ boardId }) => boardId)).toEqual(before.map(({ boardId }) => boardId));
  });

  it('I1, I3: in the end every head equals its board, and the count has no gap and no repeat', async () => {
    await site.endsSound(2);
    expect(await expectNoGapNoRepeat(site.data, agentId)).toBeGreaterThanOrEqual(4);
  });

  it('without a running host they say what is needed; fork and boards read the store', async () => {
    for (const args of [
      ['migrate', 'counter', '--to-any'],
      ['restore', 'counter', '--to', 'plover'],
      ['rollback', 'counter'],
    ])
      await site.fails(/no host runs on this data folder: start one with "godwit up"/, ...args);
    expect((await site.json<BoardRow[]>('boards')).map(({ link }) => link)).toEqual(['', '']);
    expect((await site.run('fork', 'counter', '--at', '5')).code).toBe(0);
  });

  it('simulated boards keep their agents over a restart of everything', async () => {
    await site.up(2, 2, '--sim', '2', '--vacant', '2');
    expect(await site.board('plover')).toMatchObject({ agentId });
    await site.countsOn();
    await site.endsSound(2);
  });

  it('a board that has lost its agent: boards and show say so, and a restore brings the agent back to it', async () => {
    const { boardId } = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    rmSync(join(site.data, 'simulated', `${boardId}-counter.json`));
    await site.up(1, 2, '--sim', '2', '--vacant', '2');
    await until('it is heard', async () => (await site.board('plover')).isVacant);
    expect(await site.board('plover')).toMatchObject({ agentId, boardId });
    expect((await site.run('boards')).stdout).toMatch(/mqtt:plover +vacant: lost counter \([0-9a-f]{8}\)/);
    expect(await site.json<AgentView>('show', 'counter')).toMatchObject({ isBoardVacant: true, boardId });
    expect((await site.run('show', 'counter')).stdout).toContain(
      `"godwit restore counter --to ${boardId.slice(0, 8)}" brings the agent back`,
    );
    await site.fails(/says that it is vacant: restore the agent/, 'migrate', 'counter', '--to-any');
    expect((await site.run('restore', 'counter', '--to', boardId.slice(0, 8))).code).toBe(0);
    await site.countsOn();
    expect(await site.board('plover')).toMatchObject({ agentId, isVacant: false });
    expect(await site.json<AgentView>('show', 'counter')).toMatchObject({ isBoardVacant: false });
    await site.endsSound(2);
  });
});

describe('restore', () => {
  let site: Site;
  let agentId: string;
  let away: BoardRow;
  beforeAll(async () => {
    site = new Site('restore');
    await site.up(2, 0, '--sim', '2');
    away = await site.board('kestrel');
    agentId = away.agentId;
    await until('some counts', async () => (await site.count()) > 8);
    expect((await site.run('send', 'counter', 'once')).code).toBe(0);
    await site.countsOn();
    await site.endsSound(2);
    // Other boards: those of before are gone for good.
    await site.up(0, 2, '--vacant', '2');
  });

  it('I4: brings an agent back whose board is gone, in a new epoch', async () => {
    const before = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    const count = await site.count();
    await site.fails(/does not answer: restore the agent/, 'migrate', 'counter', '--to-any');
    const { move } = await site.json<{ move: MoveView }>('restore', 'counter', '--to', 'kestrel');
    expect(move).toMatchObject({ kind: 'restore', phase: 'done', source: away.boardId, agentId });
    expect(move.target).not.toBe(away.boardId);
    await until('it counts on', async () => (await site.count()) > count);
    const after = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    expect(after).toMatchObject({ boardId: move.target, epoch: before.epoch + 1 });
  });

  it('to an older sequence lists what stays done, and wants --yes', async () => {
    const { boardId } = await site.board('kestrel');
    const before = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    const { code, stdout, stderr } = await site.run('restore', 'counter', '--to', 'curlew', '--at', '6');
    expect(stdout).toMatch(/goes back from sequence \d+ to what it was at 6\n/);
    expect(stdout).toContain('outputs released since, which stay released: none');
    expect(stdout).toContain('inputs acknowledged since, which do not come again: 1 (1 to 1)');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/--yes if that is meant/) });
    expect((await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)).toMatchObject({ boardId, epoch: before.epoch });
    await site.fails(/firmware of "weather-station"/, 'restore', 'counter', '--to', 'curlew', '--at', '6', '--yes');
    await site.fails(/no agent "nobody"/, 'restore', 'nobody', '--to', 'curlew', '--at', '99', '--yes');
  });

  it('with --yes it goes on from there, as a new commit above all others; the board that was gone is back by then, and vacant', async () => {
    await site.endsSound(1);
    await site.up(2, 2, '--sim', '2', '--vacant', '2');
    const before = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    const to = await site.board('kestrel');
    expect(to).toMatchObject({ boardId: away.boardId, agentId: '' });
    const { preview, move } = await site.json<{ preview: RestorePreviewView; move: MoveView }>(
      ...['restore', 'counter', '--to', 'kestrel', '--at', '6', '--yes'],
    );
    expect(preview).toMatchObject({ sequence: 6, inputsFrom: 0, inputsTo: 1 });
    expect(move).toMatchObject({ kind: 'restore', phase: 'done', atSequence: 6, target: to.boardId });
    const after = (await site.json<AgentRow[]>('ls')).find((row) => row.agentId === agentId)!;
    expect(after.epoch).toBe(before.epoch + 1);
    expect(after.headSequence).toBeGreaterThan(before.headSequence);
    const point = await site.json<{ before: { state: { count: number } } }>(
      'fork',
      'counter',
      '--at',
      String(move.atSequence),
      '--for',
      '1s',
    );
    expect(point.before.state.count).toBe(5);
    await site.countsOn();
    expect((await site.run('verify')).code).toBe(0);
    await site.endsSound(2);
  });
});

describe('fork with a program of one’s own', () => {
  let program: Bundle;
  let site: Site;
  beforeAll(async () => {
    program = await bundle('examples/thermostat.ts');
    site = new Site('restore');
    expect(existsSync(site.data)).toBe(true);
  });
  afterAll(() => program.remove());

  it('takes the definition of that name only, and of that schema', async () => {
    await site.fails(/exports "thermostat": export the definition of "counter"/, 'fork', 'counter', '--at', '6', '--agent', program.path);
    await site.fails(/cannot be loaded/, 'fork', 'counter', '--at', '6', '--agent', join(folder.path, 'none.js'));
    await site.fails(/reads JavaScript only/, 'fork', 'counter', '--at', '6', '--agent', 'examples/counter.ts');
    const own = await bundle('examples/counter.ts');
    const { code, stdout } = await site.run('fork', 'counter', '--at', '6', '--agent', own.path);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^count +5 +45$/m) });
    own.remove();
  });
});
