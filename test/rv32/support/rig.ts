import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { RemoteOperations } from '../../../host/api/client.js';
import { DataFolder } from '../../../host/data-folder.js';
import { compareStore } from '../../../host/demo/fleet.js';
import { enrollBoard } from '../../../host/enrol/enrol-client.js';
import type { AgentView } from '../../../host/operations.js';
import { serialPort } from '../../../host/transports/serial-port.js';
import { type BoardImage, type BoardReading, EmulatedBoard } from '../../../sim/rv32/emulator.js';
import type { Cli, CliProcess } from '../../host/support/cli.js';
import { newFolder } from '../../host/support/real-run.js';
import { eventually } from './eventually.js';

const BAUD = 115_200;

/** An emulated board at the serial port of `godwit up`, which is a process of its own; its one agent. */
export class Rig {
  readonly board: EmulatedBoard;
  readonly data: DataFolder;
  host: CliProcess | undefined;
  readonly #cli: Cli;
  readonly #folder = newFolder();

  constructor(cli: Cli, image: BoardImage) {
    this.#cli = cli;
    this.board = new EmulatedBoard({ image, folder: join(this.#folder.path, 'board'), name: 'board' });
    this.data = new DataFolder(join(this.#folder.path, 'data'));
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** The first start of a board with an empty flash: it is told who it is. */
  async enrol(): Promise<void> {
    await this.board.powerOn();
    const stream = await serialPort(this.board.serialPath, BAUD)();
    const ids = { boardId: randomBytes(16), agentId: randomBytes(16) };
    const network = { ssid: '', wifiPassword: '', brokerHost: '', brokerPort: 0, user: '', password: '' };
    await enrollBoard(stream, { ...ids, linkName: 'qemu', link: 'serial', baud: BAUD, ...network });
    stream.destroy();
    await once(stream, 'close');
  }

  /** @param path of the port that the host opens; default: the board's own */
  async startHost(path = this.board.serialPath): Promise<void> {
    const host = this.#cli.start('up', '--serial', `${path}:${BAUD}`, '--data', this.data.path, '--verbose');
    this.host = host;
    await eventually('the host runs', () => this.data.announced()?.pid === host.child.pid);
  }

  /** Ends the host as Ctrl-C does; its exit code. */
  async stopHost(): Promise<number | null> {
    const { host } = this;
    this.host = undefined;
    host?.child.kill('SIGTERM');
    return (await host?.ended)?.code ?? null;
  }

  async killHost(): Promise<void> {
    const { host } = this;
    this.host = undefined;
    host?.child.kill('SIGKILL');
    await host?.ended;
  }

  operations(): RemoteOperations {
    return new RemoteOperations(this.data.announced()!);
  }

  /** As the host knows it; undefined until it does. */
  async agent(): Promise<AgentView | undefined> {
    const operations = this.operations();
    const [row] = await operations.list();
    return row && (await operations.show(row.agentId));
  }

  async headSequence(): Promise<number> {
    return (await this.operations().list())[0]?.headSequence ?? 0;
  }

  /** Waits until so many more commits are durable; a new line of commits begins at a higher sequence. */
  async advance(commits: number): Promise<void> {
    const goal = (await this.headSequence()) + commits;
    await eventually(`${commits} more durable commits`, async () => (await this.headSequence()) >= goal);
  }

  async send(message: string): Promise<void> {
    const operations = this.operations();
    const [row] = await operations.list();
    await operations.send(row!.agentId, Buffer.from(message));
  }

  /** The board's RAM as soon as it can be read: a board that starts cannot. */
  async reading(): Promise<BoardReading> {
    let reading: BoardReading | undefined;
    await eventually('the board can be read', async () => {
      reading = await this.board.readState().catch(() => undefined);
      return reading !== undefined;
    });
    return reading!;
  }

  /** Stops the board at a moment at which the host has acknowledged all of its commits. */
  async settle(): Promise<BoardReading> {
    let settled: BoardReading | undefined;
    await eventually('every commit is acknowledged', async () => {
      const reading = await this.board.pause().then(
        () => this.board.readState(),
        () => undefined,
      );
      if (reading?.status.isSettled && reading.status.acknowledgedSequence > 0) settled = reading;
      else if (reading !== undefined) await this.board.resume();
      return settled !== undefined;
    });
    return settled!;
  }

  /** RAM, head and reopened store are the same bytes at the same sequence. */
  async endsEqual(): Promise<BoardReading> {
    const reading = await this.settle();
    const agent = (await this.agent())!;
    expect(agent.headSequence).toBe(reading.status.acknowledgedSequence);
    expect(await this.stopHost()).toBe(0);
    const reopened = await compareStore(this.data.storePath, new Map([[agent.agentId, reading.state]]));
    expect(reopened).toMatchObject({ equal: 1, faults: [] });
    return reading;
  }

  /** Nothing stays: no process, no port, no file. */
  async remove(): Promise<void> {
    const { pid, serialPath } = this.board;
    await this.killHost();
    await this.board.powerOff();
    expect(pid !== undefined && existsSync(`/proc/${pid}`)).toBe(false);
    expect(existsSync(serialPath)).toBe(false);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
