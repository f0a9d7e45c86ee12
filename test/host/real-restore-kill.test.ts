import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteOperations } from '../../host/api/client.js';
import { DataFolder } from '../../host/data-folder.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { defineAgent } from '../../src/agent/index.js';
import { array, u32 } from '../../src/state/index.js';
import { Cli, type CliProcess } from './support/cli.js';
import { Mosquitto } from './support/mosquitto.js';
import { Cable, PtyPlug } from './support/pty.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const BAUD = 115_200;
const CELLS = 30_000;
/** From the host's start until it has heard a board that waits on its serial port. Without a call that takes up to half a minute. */
const HEARD_MS = 5000;

/** 120 KB that do not compress: a refill that can be interrupted. */
const bulky = defineAgent({
  name: 'bulky',
  state: { turns: u32, seed: u32, cells: array(CELLS, u32) },
  initialise(state, turn) {
    state.seed = 1;
    turn.every('work', 100);
  },
  timers: {
    work(state) {
      state.turns++;
      const last = state.turns === 1 ? CELLS : 1;
      for (let cell = 0; cell < last; cell++) {
        state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
        state.cells.set(cell, state.seed);
      }
    },
  },
});

describe('a host process that is killed with -9, and a vacant board on a serial port', () => {
  const folder = newFolder();
  const cable = new Cable(folder.path);
  const data = new DataFolder(folder.path);
  let cli: Cli;
  let mosquitto: Mosquitto;
  let host: CliProcess;
  let remote: RemoteOperations;
  let source: DemoBoard;
  let target: DemoBoard;
  beforeAll(async () => {
    cli = await Cli.build();
    mosquitto = await Mosquitto.start(folder.path);
    await cable.plugIn();
    source = new DemoBoard('quick', bulky, new MqttPlug(mosquitto.url, 'quick'), 41, 0);
    target = new DemoBoard('spare', bulky, new PtyPlug(cable, BAUD), 41, 1, 'vacant');
    await startHost();
    source.powerOn();
    target.powerOn();
  });
  afterAll(async () => {
    await target.end();
    await source.end();
    host.child.kill('SIGKILL');
    await cable.unplug();
    await mosquitto.stop();
    cli.remove();
    folder.remove();
  });

  async function startHost(): Promise<void> {
    host = cli.start('up', '--data', folder.path, '--mqtt', mosquitto.url, '--serial', cable.hostPath, '--json');
    await until('the host runs', () => data.announced()?.pid === host.child.pid);
    remote = new RemoteOperations(data.announced()!);
  }

  async function killHost(): Promise<void> {
    const ended = once(host.child, 'exit');
    host.child.kill('SIGKILL');
    await ended;
  }

  const vacant = async () => (await remote.boards()).filter(({ isVacant }) => isVacant).map(({ boardId }) => boardId);

  it('hears the board at once when it starts again', async () => {
    await until('a commit', async () => (await remote.list()).some(({ headSequence }) => headSequence > 3));
    await until('the vacant board', async () => (await vacant()).length === 1);
    await killHost();
    await startHost();
    const startMs = performance.now();
    await until('the vacant board is heard', async () => (await vacant()).length === 1);
    expect(performance.now() - startMs).toBeLessThan(HEARD_MS);
  });

  it('I2: a restore that it was killed in goes on, by itself, within seconds, and ends with the same state', async () => {
    await until('the source is quiet', async () => (await remote.list())[0]!.headSequence > 0 && source.settled);
    await source.powerLoss();
    const { agentId, headSequence } = (await remote.list())[0]!;
    await until('the board is given up', async () =>
      (await remote.boards()).every(({ silentMs }) => silentMs === undefined || silentMs > 0),
    );
    let restore = cli.start('restore', 'bulky', '--to', `serial:${cable.hostPath}`, '--data', folder.path);
    await until('it is under way', async () => {
      if (restore.child.exitCode === 1) restore = cli.start('restore', 'bulky', '--to', `serial:${cable.hostPath}`, '--data', folder.path);
      return (await remote.move(agentId).catch(() => undefined))?.phase === 'filling' && (await remote.move(agentId)).bytesDown > 5000;
    });
    await killHost();
    const { code, stderr } = await restore.ended;
    expect(code).toBe(1);
    expect(stderr).toBe('godwit: the host is gone; the move of bulky is in its store, and goes on when it runs again ("godwit up")\n');
    await startHost();
    const startMs = performance.now();
    await until(
      'the board is being filled again',
      async () => (await remote.move(agentId).catch(() => undefined))?.phase !== undefined && (await remote.move(agentId)).bytesDown > 0,
    );
    expect(performance.now() - startMs).toBeLessThan(HEARD_MS);
    await until('it is done', async () => (await remote.move(agentId)).phase === 'done');
    expect((await remote.list())[0]).toMatchObject({ boardId: target.boardId, epoch: 2 });
    await until('it goes on', () => target.acknowledgedSequence > headSequence);
    target.stopAgent();
    await until(
      'every commit is durable',
      async () => target.settled && (await remote.list())[0]!.headSequence === target.acknowledgedSequence,
    );
    const { base64 } = await remote.stateAt(agentId, target.acknowledgedSequence);
    expect(Buffer.from(base64, 'base64').equals(target.state)).toBe(true);
    expect((await remote.verify(agentId))[0]).toMatchObject({ ok: true });
  });
});
