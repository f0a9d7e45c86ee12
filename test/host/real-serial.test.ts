import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { Host } from '../../host/host.js';
import type { SerialTransport } from '../../host/transports/serial.js';
import { serialPort } from '../../host/transports/serial-port.js';
import { busyAgent } from './support/busy-agent.js';
import { Cable, PtyPlug } from './support/pty.js';
import { endsEqual, headOf, newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

const BAUD = 921_600;

describe('a serial port: serialport on a pty pair', () => {
  let folder: ReturnType<typeof newFolder>;
  let cable: Cable;
  beforeEach(() => {
    folder = newFolder();
    cable = new Cable(folder.path);
  });
  afterEach(async () => {
    await cable.unplug();
    folder.remove();
  });

  it('I1, I3: the cable is pulled and plugged in again in mid-run, three times, with noise between the frames; the states end equal', async () => {
    await cable.plugIn();
    const host = await Host.start({ data: folder.path, serial: [{ path: cable.hostPath, baud: BAUD }] });
    const transport = host.transports[1] as SerialTransport;
    const plug = new PtyPlug(cable, BAUD);
    const board = new DemoBoard('pty', busyAgent, plug, 7, 0);
    board.powerOn();
    await progress(host, [board], 20);
    for (let round = 0; round < 3; round++) {
      plug.print('E (1234) wifi: noise between frames\r\n');
      await progress(host, [board], 10);
      await cable.unplug();
      await until('both ends hang up', () => !plug.isOpen && !transport.up);
      const before = headOf(host, board);
      await until('the agent goes on without its host', () => board.sequence > before + 10);
      await cable.plugIn();
      await progress(host, [board], 20);
    }
    expect(transport.counters.opens).toBe(4);
    expect(transport.counters.skippedBytes).toBeGreaterThan(0);
    expect(board.refills).toBe(0);
    expect(host.sessions.agent(board.agentId)!.epoch).toBe(1);
    await endsEqual(host, [board]);
  });

  it('I1: several ports at once, one of which is pulled out: the others go on, and all end equal', async () => {
    const cables = ['a', 'b', 'c'].map((name) => new Cable(join(folder.path, name)));
    for (const each of cables) {
      mkdirSync(dirname(each.hostPath));
      await each.plugIn();
    }
    const host = await Host.start({ data: folder.path, serial: cables.map(({ hostPath }) => ({ path: hostPath, baud: BAUD })) });
    const boards = cables.map((each, index) => new DemoBoard(`pty${index}`, busyAgent, new PtyPlug(each, BAUD), 9, index));
    for (const board of boards) board.powerOn();
    await progress(host, boards, 20);
    await cables[1]!.unplug();
    await progress(host, [boards[0]!, boards[2]!], 20);
    await cables[1]!.plugIn();
    await progress(host, boards, 20);
    await endsEqual(host, boards);
    for (const each of cables) await each.unplug();
  });

  it('a port that is destroyed gives its descriptor back, also with bytes on it that nobody reads', async () => {
    const isOpenHere = (device: string): boolean =>
      readdirSync('/proc/self/fd').some((name) => {
        try {
          return readlinkSync(`/proc/self/fd/${name}`) === device;
        } catch {
          return false; // the descriptor of this very listing
        }
      });
    await cable.plugIn();
    const device = realpathSync(cable.hostPath);
    for (const unreadBytes of [0, 200_000]) {
      const port = await serialPort(cable.hostPath, BAUD)();
      expect(isOpenHere(device)).toBe(true);
      port.on('error', () => {});
      port.write(Buffer.alloc(unreadBytes));
      const closed = once(port, 'close');
      port.destroy();
      await closed;
      await until('the descriptor is closed', () => !isOpenHere(device));
    }
  });

  it('a line that hangs up while bytes come in is ended, however it lies to be read, and whether or not anybody still hears of it', async () => {
    for (let round = 0; round < 15; round++) {
      const path = join(folder.path, `round${round}`);
      const sender = spawn('socat', ['-u', 'GOPEN:/dev/zero', `pty,rawer,link=${path}`], { stdio: 'ignore' });
      await until('the pseudo terminal', () => existsSync(path));
      const port = await serialPort(path, BAUD)();
      let bytes = 0;
      port.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      await until('bytes come in', () => bytes > 0);
      sender.kill('SIGKILL');
      await new Promise((resolve) => port.once('close', resolve));
    }
  });

  it('a port that is not there yet is opened when it comes, and a board that lost its power is refilled through it', async () => {
    const host = await Host.start({ data: folder.path, serial: [{ path: cable.hostPath, baud: BAUD }] });
    const transport = host.transports[1] as SerialTransport;
    await until('a failed opening', () => transport.counters.failedOpens > 0);
    expect(transport.lastError).not.toBe('');
    await cable.plugIn();
    const board = new DemoBoard('pty', busyAgent, new PtyPlug(cable, BAUD), 8, 0);
    board.powerOn();
    await progress(host, [board], 20);
    await board.powerLoss();
    board.powerOn();
    await progress(host, [board], 20);
    expect(board.refills).toBe(1);
    expect(host.sessions.agent(board.agentId)!.epoch).toBe(2);
    await endsEqual(host, [board]);
  });
});
