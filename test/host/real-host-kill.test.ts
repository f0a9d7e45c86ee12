import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteOperations } from '../../host/api/client.js';
import { DataFolder } from '../../host/data-folder.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { compareStore } from '../../host/demo/fleet.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { type Bundle, bundle } from './support/bundle.js';
import { busyAgent } from './support/busy-agent.js';
import { Mosquitto } from './support/mosquitto.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const BOARDS = 3;
const KILLS = 8;

describe('a host process', () => {
  let folder: ReturnType<typeof newFolder>;
  let program: Bundle;
  let mosquitto: Mosquitto;
  let host: ChildProcess | undefined;
  beforeEach(async () => {
    folder = newFolder();
    program = await bundle('host/cli.ts');
    mosquitto = await Mosquitto.start(folder.path);
  });
  afterEach(async () => {
    host?.kill('SIGKILL');
    await mosquitto.stop();
    program.remove();
    folder.remove();
  });

  function startHost(): void {
    host = spawn(process.execPath, [program.path, 'up', '--data', folder.path, '--mqtt', mosquitto.url, '--json'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(host!, 'exit');
    host!.kill(signal);
    host = undefined;
    return (await ended)[0] as number | null;
  }

  it(`I1, I2, I3: killed with -9 ${KILLS} times in mid-run, then ended with TERM: nothing acknowledged is lost, no board is refilled, all states end equal`, async () => {
    const boards = Array.from(
      { length: BOARDS },
      (_, index) => new DemoBoard(`k${index}`, busyAgent, new MqttPlug(mosquitto.url, `k${index}`), 11, index),
    );
    const acknowledged = () => boards.map((board) => board.program!.link.acknowledgedSequence);
    startHost();
    for (const board of boards) board.powerOn();
    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged();
      await until('commits are acknowledged', () => acknowledged().every((sequence, index) => sequence > before[index]! + 5));
      await end('SIGKILL');
      startHost();
    }
    const last = acknowledged();
    await until('the last host takes commits', () => acknowledged().every((sequence, index) => sequence > last[index]! + 5));
    for (const board of boards) board.stopAgent();
    await until('every commit is acknowledged', () => boards.every((board) => board.settled));

    const remote = new RemoteOperations(new DataFolder(folder.path).announced()!);
    const rows = await remote.list();
    expect(rows.map((row) => row.headSequence).sort()).toEqual(boards.map((board) => board.acknowledgedSequence).sort());
    expect((await remote.verify()).every((report) => report.ok)).toBe(true);
    expect(boards.map((board) => board.refills)).toEqual(boards.map(() => 0));

    expect(await end('SIGTERM')).toBe(0);
    expect(new DataFolder(folder.path).announced()).toBeUndefined();
    const states = new Map(boards.map((board) => [board.agentId, board.state]));
    await Promise.all(boards.map((board) => board.end()));
    expect(await compareStore(new DataFolder(folder.path).storePath, states)).toMatchObject({ equal: BOARDS, faults: [] });
  });
});
