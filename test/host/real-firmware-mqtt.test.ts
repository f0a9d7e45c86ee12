// The firmware's MQTT transport, over a client in the shape of the SDK's, at a real broker and the real host.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SILENT_MS } from '../../firmware/mqtt-transport.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { Host } from '../../host/host.js';
import { busyAgent } from './support/busy-agent.js';
import { FirmwareMqttPlug } from './support/firmware-mqtt.js';
import { Mosquitto } from './support/mosquitto.js';
import { endsEqual, newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => folder.remove());

it('I1, I3: Mosquitto is stopped and started in mid-run, twice; the firmware comes back by itself, no board is refilled, states end equal', async () => {
  const mosquitto = await Mosquitto.start(folder.path);
  try {
    const host = await Host.start({ data: folder.path, mqttUrl: mosquitto.url });
    const plugs = ['f0', 'a-name-of-32-characters-in-total'].map((name) => new FirmwareMqttPlug(mosquitto.port, name));
    const boards = plugs.map((plug, index) => new DemoBoard(`f${index}`, busyAgent, plug, 11, index));
    for (const board of boards) board.powerOn();
    await progress(host, boards, 20);
    for (let round = 0; round < 2; round++) {
      await mosquitto.stop();
      const before = boards.map((board) => board.sequence);
      await until('the agents go on', () => boards.every((board, index) => board.sequence > before[index]! + 10));
      await mosquitto.start();
      await progress(host, boards, 20);
    }
    expect(boards.map((board) => board.refills)).toEqual([0, 0]);
    for (const { transport } of plugs) expect(transport!.counters).toMatchObject({ opens: 3, writesThrown: 0, dropped: 0, silences: 0 });
    await endsEqual(host, boards);
  } finally {
    await mosquitto.stop();
  }
});

it('I3: a broker that stands still says nothing, and no error comes from anywhere: the firmware finds out, and comes back with it', async () => {
  const mosquitto = await Mosquitto.start(folder.path);
  try {
    const host = await Host.start({ data: folder.path, mqttUrl: mosquitto.url });
    const plug = new FirmwareMqttPlug(mosquitto.port, 'f0');
    const board = new DemoBoard('f0', busyAgent, plug, 12, 0);
    board.powerOn();
    await progress(host, [board], 20);
    mosquitto.freeze();
    const frozenMs = performance.now();
    await until('the firmware gives the connection up', () => plug.transport!.counters.silences === 1);
    expect(performance.now() - frozenMs).toBeLessThan(SILENT_MS + 2_000);
    mosquitto.thaw();
    await progress(host, [board], 20);
    expect(board.refills).toBe(0);
    expect(plug.transport!.counters).toMatchObject({ errors: 0, writesThrown: 0 });
    await endsEqual(host, [board]);
  } finally {
    mosquitto.thaw();
    await mosquitto.stop();
  }
});
