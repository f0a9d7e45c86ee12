import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { Host } from '../../host/host.js';
import { busyAgent } from './support/busy-agent.js';
import { Mosquitto } from './support/mosquitto.js';
import { endsEqual, newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

const BOARDS = 3;

describe('MQTT over TCP', () => {
  let folder: ReturnType<typeof newFolder>;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => folder.remove());

  const boardsAt = (url: string): DemoBoard[] => {
    const boards = Array.from(
      { length: BOARDS },
      (_, index) => new DemoBoard(`b${index}`, busyAgent, new MqttPlug(url, `b${index}`), 9, index),
    );
    for (const board of boards) board.powerOn();
    return boards;
  };

  it('I1, I3: Mosquitto is stopped and started in mid-run, twice; no board is refilled, and the states end equal', async () => {
    const mosquitto = await Mosquitto.start(folder.path);
    try {
      const host = await Host.start({ data: folder.path, mqttUrl: mosquitto.url });
      const boards = boardsAt(mosquitto.url);
      await progress(host, boards, 20);
      for (let round = 0; round < 2; round++) {
        await mosquitto.stop();
        await until('the host sees it', () => !host.transports[0]!.up);
        const before = boards.map((board) => board.sequence);
        await until('the agents go on', () => boards.every((board, index) => board.sequence > before[index]! + 10));
        await mosquitto.start();
        await progress(host, boards, 20);
      }
      expect(host.transports[0]!.counters.connects).toBe(3);
      expect(boards.map((board) => board.refills)).toEqual([0, 0, 0]);
      await endsEqual(host, boards);
    } finally {
      await mosquitto.stop();
    }
  });

  it('I1: boards at the embedded broker, one of which loses power and RAM, end equal', async () => {
    const host = await Host.start({ data: folder.path });
    const boards = boardsAt(host.brokerUrl);
    await progress(host, boards, 20);
    await boards[1]!.powerLoss();
    boards[1]!.powerOn();
    await progress(host, boards, 20);
    expect(boards.map((board) => board.refills)).toEqual([0, 1, 0]);
    await endsEqual(host, boards);
  });
});
