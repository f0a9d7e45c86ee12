import { statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { RemoteOperations } from '../../host/api/client.js';
import { EVENT_SOCKETS_MAX } from '../../host/api/server.js';
import type { RunningHost } from '../../host/data-folder.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { Host, type HostEvent } from '../../host/host.js';
import { Refusal } from '../../host/operations.js';
import { Random } from '../../sim/random.js';
import { busyAgent } from './support/busy-agent.js';
import { headOf, newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

const SEED = 20261122;

describe('the API of a running host', () => {
  let folder: ReturnType<typeof newFolder>;
  let host: Host;
  let board: DemoBoard;
  let announced: RunningHost;
  let remote: RemoteOperations;
  beforeAll(async () => {
    folder = newFolder();
    host = await Host.start({ data: folder.path });
    board = new DemoBoard('api', busyAgent, new MqttPlug(host.brokerUrl, 'api'), 5, 0);
    board.powerOn();
    await progress(host, [board], 5);
    announced = host.folder.announced()!;
    remote = new RemoteOperations(announced);
  });
  afterAll(async () => {
    await board.end();
    await host.close();
    folder.remove();
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
  }

  function ask(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer | string): Promise<Answer> {
    const { port } = new URL(host.address);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: { host: `127.0.0.1:${port}`, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
          agent: false,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode!, text }));
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  const bearer = () => ({ authorization: `Bearer ${announced.token}` });

  it('is found through a file that only its owner can read', () => {
    expect(announced.address).toBe(host.address);
    expect(statSync(`${folder.path}/host.json`).mode & 0o777).toBe(0o600);
    expect(host.address).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  it('tells agents, their fields by name, and verifies them', async () => {
    const [row] = await remote.list();
    expect(row).toMatchObject({ agentName: 'busy', agentId: board.agentId, link: 'mqtt:api', epoch: 1 });
    const view = await remote.show('busy');
    expect(view.fields).toMatchObject({ heard: 0 });
    expect((view.fields as { turns: number }).turns).toBeGreaterThan(0);
    expect(await remote.show(board.agentId.slice(0, 8))).toMatchObject({ agentId: board.agentId });
    expect(await remote.verify('busy')).toMatchObject([{ ok: true, faults: [] }]);
    expect(await remote.verify()).toHaveLength(1);
  });

  it('a message goes into the agent’s queue, and its effect into the head', async () => {
    const { number } = await remote.send('busy', Buffer.from('hello'));
    await until('the message is consumed', async () => ((await remote.show('busy')).fields as { heard: number }).heard === number);
  });

  it('refuses with one line what it cannot do', async () => {
    await expect(remote.show('nobody')).rejects.toThrow(/no agent "nobody": "godwit ls"/);
    await expect(remote.send('busy', Buffer.alloc(241))).rejects.toThrow(Refusal);
    await expect(remote.forget('nobody')).rejects.toThrow(Refusal);
  });

  it('refuses other hosts, other origins and other tokens', async () => {
    expect((await ask('GET', '/v1/agents', bearer())).status).toBe(200);
    expect((await ask('GET', '/v1/agents')).status).toBe(401);
    expect((await ask('GET', '/v1/agents', { authorization: `Bearer ${'0'.repeat(32)}` })).status).toBe(401);
    expect((await ask('GET', '/v1/agents', { ...bearer(), host: 'evil.example' })).status).toBe(403);
    expect((await ask('GET', '/v1/agents', { ...bearer(), origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask('DELETE', `/v1/agents/${board.agentId}`, { ...bearer(), origin: 'null' })).status).toBe(403);
    expect((await ask('GET', '/v1/agents', { ...bearer(), origin: host.address })).status).toBe(200);
  });

  it('sends live events to those who may hear them, and to a bounded number', async () => {
    const url = `${host.address.replace('http', 'ws')}/v1/events`;
    const events: HostEvent[] = [];
    const listener = new WebSocket(url, { headers: bearer() });
    listener.on('message', (data) => events.push(JSON.parse(String(data)) as HostEvent));
    await until('a head', () => events.some((event) => event.type === 'head' && event.agentId === board.agentId));
    const refused = (socket: WebSocket) =>
      new Promise<string>((resolve) => socket.on('error', (error) => resolve(error.message)).on('open', () => resolve('open')));
    expect(await refused(new WebSocket(url))).toContain('401');
    expect(await refused(new WebSocket(url, { headers: { ...bearer(), origin: 'http://evil.example' } }))).toContain('403');
    const more = Array.from({ length: EVENT_SOCKETS_MAX - 1 }, () => new WebSocket(url, { headers: bearer() }));
    expect(await Promise.all(more.map(refused))).toEqual(more.map(() => 'open'));
    expect(await refused(new WebSocket(url, { headers: bearer() }))).toContain('429');
    for (const socket of [listener, ...more]) socket.terminate();
  });

  it('an agent that is forgotten while its board runs begins a new line, and ends equal', async () => {
    const other = new DemoBoard('forgotten', busyAgent, new MqttPlug(host.brokerUrl, 'forgotten'), 6, 1);
    other.powerOn();
    await progress(host, [other], 10);
    expect(await remote.forget(other.agentId)).toEqual({ agentId: other.agentId });
    await until('a new line', async () => (await remote.list()).some((row) => row.agentId === other.agentId && row.headSequence > 0));
    other.stopAgent();
    await until('every commit is durable', () => other.settled && headOf(host, other) === other.acknowledgedSequence);
    expect(Buffer.from(host.sessions.state(other.agentId)!).equals(other.state)).toBe(true);
    expect(await remote.verify(other.agentId)).toMatchObject([{ ok: true }]);
    await other.end();
    await remote.forget(other.agentId);
    expect((await remote.list()).map((row) => row.agentId)).toEqual([board.agentId]);
  });

  it(`I6: requests made up from good ones get an answer in JSON and change nothing (seed ${SEED})`, async () => {
    const path = fc.oneof(
      fc.constantFrom(
        '/v1/agents',
        '/v1/agents/busy',
        '/v1/agents/busy/messages',
        '/v1/agents/busy/verify',
        '/v1/verify',
        '/v1/host',
        '/v1/events',
        '/v2/agents',
        '/',
      ),
      fc.string({ maxLength: 200 }).map((text) => `/v1/agents/${encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))}`),
      fc.constantFrom(
        '/v1/agents/%',
        '/v1/agents/%00',
        '/v1/agents/..%2f..',
        `/v1/agents/${'a'.repeat(3000)}`,
        '/v1/agents/busy%20',
        '//v1/agents',
        '/v1/agents/__proto__',
      ),
    );
    const body = fc.oneof(
      fc.constantFrom(
        '',
        '{',
        '{}',
        'null',
        '[]',
        '{"base64":1}',
        '{"base64":"***"}',
        '{"base64":"AA"}',
        '{"base64":"QUJD","more":1}',
        '{"__proto__":{}}',
        'x'.repeat(5000),
      ),
      fc.json().map((text) => text.slice(0, 6000)),
      fc.uint8Array({ maxLength: 600 }).map((bytes) => JSON.stringify({ base64: `${Buffer.from(bytes).toString('base64')}!` })),
    );
    const headers = fc
      .record({ authorization: fc.constantFrom('good', 'Bearer ', 'Basic eDp5', '') })
      .map(({ authorization }) => (authorization === 'good' ? bearer() : { authorization }));
    const before = await remote.list();
    const agents = before.map(({ agentId, agentName, epoch }) => ({ agentId, agentName, epoch }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'),
        path,
        headers,
        body,
        async (method, where, head, content) => {
          const answer = await ask(method, where, head, method === 'GET' || method === 'HEAD' ? undefined : content);
          expect(answer.status).toBeLessThan(500);
          if (method !== 'HEAD' && answer.status >= 400)
            expect(JSON.parse(answer.text)).toMatchObject({ error: expect.any(String), reason: expect.any(String) });
        },
      ),
      { numRuns: 300, seed: SEED },
    );
    expect((await remote.list()).map(({ agentId, agentName, epoch }) => ({ agentId, agentName, epoch }))).toEqual(agents);
    expect((await remote.show('busy')).fields).toMatchObject({ heard: 1 });
  });

  it(`I6: bytes that are no HTTP, half of them a request changed inside, neither hang nor end it (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const { port } = new URL(host.address);
    const good = Buffer.from(
      `GET /v1/agents HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${announced.token}\r\nConnection: close\r\n\r\n`,
    );
    const send = (bytes: Buffer) =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
        socket.on('error', () => {}).on('data', () => {});
        socket.on('close', () => resolve());
      });
    for (let run = 0; run < 200; run++) {
      const bytes = random.chance(0.5) ? Buffer.from(good) : Buffer.alloc(1 + random.below(400));
      for (let changes = 1 + random.below(6); changes > 0; changes--) bytes[random.below(bytes.length)] = random.below(256);
      await send(bytes);
    }
    expect(await remote.list()).toHaveLength(1);
  });
});
