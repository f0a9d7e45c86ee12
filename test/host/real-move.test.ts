import { expect, it } from 'vitest';
import { BoardFlash } from '../../host/demo/board-flash.js';
import { ExampleProgram } from '../../host/demo/example-program.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { Host } from '../../host/host.js';
import { SimulatedBoard } from '../../sim/board.js';
import { RealClock } from '../../sim/clock.js';
import { Random } from '../../sim/random.js';
import { busyAgent } from './support/busy-agent.js';
import { Cable, PtyPlug } from './support/pty.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const BAUD = 921_600;
const AGENT = 'c7'.repeat(16);

it('I1, I3: a board moves from a serial port to MQTT and back while it runs, without a refill; head and board end equal', async () => {
  const folder = newFolder();
  const cable = new Cable(folder.path);
  await cable.plugIn();
  const host = await Host.start({ data: folder.path, serial: [{ path: cable.hostPath, baud: BAUD }] });
  const [serial, radio] = [new PtyPlug(cable, BAUD), new MqttPlug(host.brokerUrl, 'mover')];
  const flash = new BoardFlash(new Uint8Array(16).fill(0xc7));
  const board = new SimulatedBoard({
    clock: new RealClock(),
    random: new Random(1),
    makeProgram: (boot) => new ExampleProgram(boot, busyAgent, new Uint8Array(16).fill(0xb7), flash),
  });
  const program = () => board.program as ExampleProgram;
  const head = () => host.sessions.agent(AGENT);
  const commitsOver = async (link: string) => {
    await until(`a session over ${link}`, () => head()?.linkName === link);
    const before = head()!.sequence;
    await until(`commits over ${link}`, () => head()!.sequence > before + 20);
  };

  board.powerOn();
  for (let round = 0; round < 3; round++) {
    board.plug(serial.powerOn());
    await commitsOver(serial.link);
    await serial.powerOff();
    board.plug(radio.powerOn());
    await commitsOver(radio.link);
    await radio.powerOff();
  }
  board.plug(serial.powerOn());
  await commitsOver(serial.link);
  program().stopped = true;
  await until('every commit is durable', () => program().link.isSettled && head()!.sequence === program().link.acknowledgedSequence);
  expect(Buffer.from(host.sessions.state(AGENT)!).equals(program().memory.bytes.subarray(0, program().memory.sizeBytes))).toBe(true);
  expect(program().link.counters.refills).toBe(0);
  expect(head()!.epoch).toBe(1);

  board.powerLoss();
  await host.close();
  await cable.unplug();
  folder.remove();
});
