import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { counter } from '../../examples/counter.js';
import { thermostat } from '../../examples/thermostat.js';
import { RemoteOperations } from '../../host/api/client.js';
import type { RunningHost } from '../../host/data-folder.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { Host, type HostEvent } from '../../host/host.js';
import type { Refusal } from '../../host/operations.js';
import { readRecord } from '../../src/agent/index.js';
import { busyAgent } from './support/busy-agent.js';
import { newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

const SEED = 20261122;
/** Prometheus text format 0.0.4: a comment, or a name with labels and a number. */
const METRIC_LINE = /^(?:# (?:HELP|TYPE) .*|[a-z_]+(?:\{(?:[a-z]+="[^"]*",?)+\})? -?[0-9.e+-]+|)$/;

describe('the API of moves', () => {
  let folder: ReturnType<typeof newFolder>;
  let host: Host;
  let boards: DemoBoard[];
  let announced: RunningHost;
  let remote: RemoteOperations;
  beforeAll(async () => {
    folder = newFolder();
    host = await Host.start({ data: folder.path });
    const board = (name: string, agent: typeof busyAgent, index: number, role: 'board' | 'vacant') =>
      new DemoBoard(name, agent, new MqttPlug(host.brokerUrl, name), 21, index, role);
    boards = [board('a', busyAgent, 0, 'board'), board('b', busyAgent, 1, 'vacant'), board('c', counter, 2, 'vacant')];
    for (const each of boards) each.powerOn();
    await progress(host, [boards[0]!], 5);
    await until('two vacant boards', () => host.sessions.vacantBoards().length === 2);
    announced = host.folder.announced()!;
    remote = new RemoteOperations(announced);
  });
  afterAll(async () => {
    await Promise.all(boards.map((board) => board.end()));
    await host.close();
    folder.remove();
  });

  const bearer = () => ({ authorization: `Bearer ${announced.token}` });

  async function ask(method: string, path: string, headers: Record<string, string> = bearer(), body?: string) {
    const answer = await fetch(`${host.address}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  }

  const state = async () => (await remote.list()).map(({ agentId, boardId, epoch }) => ({ agentId, boardId, epoch }));

  it('refuses with a reason and changes nothing', async () => {
    const before = await state();
    const refusals: [() => Promise<unknown>, string][] = [
      [() => remote.migrate('nobody', 'b'), 'unknown'],
      [() => remote.migrate('busy', 'nowhere'), 'unknown'],
      [() => remote.migrate('busy', 'a'), 'occupied'],
      [() => remote.migrate('busy', 'c'), 'incompatible'],
      [() => remote.restore('busy', 'b'), 'alive'],
      [() => remote.restore('busy', 'b', { atSequence: 2 }), 'unconfirmed'],
      [() => remote.rollback('busy'), 'nothing'],
      [() => remote.move('busy'), 'nothing'],
    ];
    for (const [refused, reason] of refusals) await expect(refused(), reason).rejects.toMatchObject({ name: 'Refusal', reason });
    expect(await state()).toEqual(before);
  });

  it(`I6: requests made up from good ones get an answer in JSON and move nothing (seed ${SEED})`, async () => {
    const agentId = boards[0]!.agentId;
    const path = fc.oneof(
      fc.constantFrom('/v1/boards', '/v1/stats', '/metrics', '/v1/metrics', '/metrics/..%2fv1'),
      fc
        .tuple(
          fc.constantFrom('busy', agentId, 'nobody', '%', '%00', '__proto__', 'a'.repeat(3000)),
          fc.constantFrom(
            'move',
            'restore',
            'migrate',
            'rollback',
            'states/1',
            'states/0',
            'states/-1',
            'states/1e3',
            'states/1/restore',
            'states/9999999999999999',
            'states/%00',
          ),
        )
        .map(([agent, rest]) => `/v1/agents/${agent}/${rest}`),
    );
    const boardName = fc.constantFrom<unknown>('a', 'c', 'nowhere', '', 'x'.repeat(65), '__proto__', 7, null, ['b'], {});
    const wish = fc.record(
      {
        board: boardName,
        atSequence: fc.constantFrom<unknown>(0, -1, 1.5, 1e300, '6', null),
        isConfirmed: fc.constantFrom<unknown>(true, false, 'yes', 1),
        maxDowntimeMs: fc.constantFrom<unknown>(0, -5, 100, 1e12, '100ms', null),
        more: fc.constant(1),
      },
      { requiredKeys: ['board'] },
    );
    const body = fc.oneof(
      wish.map((fields) => JSON.stringify(fields)),
      fc.constantFrom('', '{', 'null', '[]', '{"board":NaN}', 'x'.repeat(5000)),
      fc.json(),
    );
    const headers = fc
      .constantFrom('good', 'good', 'good', '', 'Bearer ', 'Basic eDp5')
      .map((authorization) => (authorization === 'good' ? bearer() : { authorization }));
    const before = await state();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), path, headers, body, async (method, where, head, content) => {
        // Without a board any vacant one is meant, as it should be: that is no refusal.
        if (where.endsWith('migrate') && method === 'POST' && !/"board":/.test(content)) return;
        const { status, text } = await ask(method, where, head, method === 'GET' ? undefined : content);
        expect(status, `${method} ${where} ${content} ${text}`).toBeLessThan(500);
        if (status >= 400) expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^[^\n]+$/), reason: expect.any(String) });
        else expect(method).toBe('GET');
      }),
      { numRuns: 400, seed: SEED },
    );
    expect(await state()).toEqual(before);
    expect(host.sessions.migrations()).toEqual([]);
  });

  it('I4: an agent that is on its way is not sent elsewhere', async () => {
    const both = await Promise.allSettled([remote.migrate('busy', 'b'), remote.migrate('busy', undefined)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await until('it is over', async () => (await remote.move('busy')).phase === 'done');
    await progress(host, [boards[1]!], 5);
  });

  it('tells phases as live events, and keeps them in order', async () => {
    const events: HostEvent[] = [];
    const listener = new WebSocket(`${host.address.replace('http', 'ws')}/v1/events`, { headers: bearer() });
    listener.on('message', (data) => events.push(JSON.parse(String(data)) as HostEvent));
    await new Promise((resolve) => listener.on('open', resolve));
    expect(await remote.rollback('busy')).toMatchObject({ isAbort: false, boardId: boards[0]!.boardId });
    const phases = () => events.flatMap((event) => (event.type === 'move' ? [event.view.phase] : []));
    await until('the event of its end', () => phases().includes('done'));
    const view = await remote.move('busy');
    expect(view.phases.map(({ phase }) => phase)).toEqual(phases());
    for (const phase of ['filling', 'prepared', 'freezing', 'granting', 'activating', 'retiring', 'done'])
      expect(phases()).toContain(phase);
    const times = view.phases.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(view).toMatchObject({ agentName: 'busy', isRollback: true, target: boards[0]!.boardId });
    listener.terminate();
    await progress(host, [boards[0]!], 5);
  });

  it('gives out retained states and what a restore would leave undone', async () => {
    const retained = await remote.stateAt('busy', 3);
    expect(retained).toMatchObject({ sequence: 3, epoch: 1, agentName: 'busy', agentId: boards[0]!.agentId });
    expect(Buffer.from(retained.base64, 'base64')).toHaveLength(busyAgent.sizeBytes);
    expect(await remote.previewRestore('busy', 3)).toMatchObject({ sequence: 3, outputs: [], inputsFrom: 0, inputsTo: 0 });
    await expect(remote.stateAt('counter', 3)).rejects.toMatchObject({ reason: 'unknown' });
  });

  it('lists the outputs that an older state would not know of, each once', async () => {
    const board = new DemoBoard('e', thermostat, new MqttPlug(host.brokerUrl, 'e'), 21, 4);
    const released: string[] = [];
    const unsubscribe = host.subscribe((event) => {
      if (event.type === 'output' && event.committed && event.agentId === board.agentId)
        released.push(`${event.sequence}.${event.index} ${event.base64}`);
    });
    board.powerOn();
    await until('an output', () => released.length > 0);
    await progress(host, [board], 2);
    const { outputs, sequence } = await remote.previewRestore('thermostat', 1);
    expect(sequence).toBe(1);
    expect(outputs.map(({ sequence: at, index, base64 }) => `${at}.${index} ${base64}`)).toEqual(released);
    const record = Buffer.from(outputs[0]!.base64, 'base64');
    expect(Buffer.from(readRecord(record, record.length).data).toString()).toBe('on');
    unsubscribe();
    const { agentId } = board;
    await board.end();
    await remote.forget(agentId);
  });

  it('metrics are Prometheus text, for those with the token', async () => {
    expect((await ask('GET', '/metrics', {})).status).toBe(401);
    const { status, type, text } = await ask('GET', '/metrics');
    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    for (const line of text.split('\n')) expect(line).toMatch(METRIC_LINE);
    const { agentId } = boards[0]!;
    const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('godwit_migration_full_count_total')).toBe(2);
    expect(value('godwit_boards_vacant')).toBe(2);
    expect(value('godwit_link_frames_in_total')).toBeGreaterThan(20);
    expect(value('godwit_store_batches_total')).toBeGreaterThan(5);
    expect(text).toContain(`godwit_agent_connected{agent="${agentId}",name="busy"} 1`);
    expect(text).toContain('godwit_moves{kind="migrate",phase="done"} 1');
    expect(value('godwit_move_downtime_seconds')).toBeCloseTo((await remote.move('busy')).downtimeMs / 1000, 6);
  });

  it('I4: one board is given one agent, also when two ask for it at the same time', async () => {
    const other = new DemoBoard('d', busyAgent, new MqttPlug(host.brokerUrl, 'd'), 21, 3);
    boards.push(other);
    other.powerOn();
    await progress(host, [other], 5);
    const agents = [boards[0]!.agentId, other.agentId];
    const both = await Promise.allSettled([
      remote.migrate(agents[0]!, 'mqtt:b'),
      remote.migrate(agents[1]!, 'b'),
      remote.migrate(agents[1]!, undefined),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = both.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Refusal).reason] : []));
    for (const reason of reasons) expect(['moving', 'absent', 'occupied']).toContain(reason);
    const moved = agents[both.findIndex(({ status }) => status === 'fulfilled') === 0 ? 0 : 1]!;
    await until('it is over', async () => (await remote.move(moved)).phase === 'done');
    expect(boards[1]!.agentId).toBe(moved);
    await progress(host, [boards[1]!], 5);
    expect(host.sessions.migrations().filter(({ phase }) => phase === 'aborted')).toEqual([]);
  });
});
