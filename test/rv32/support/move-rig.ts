import { deepStrictEqual, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteOperations } from '../../../host/api/client.js';
import { DataFolder } from '../../../host/data-folder.js';
import type { BoardDescription } from '../../../host/enrol/board-description.js';
import type { AgentRow } from '../../../host/operations.js';
import type { BoardRow, MoveView } from '../../../host/operations-moves.js';
import { type BoardImage, EmulatedBoard } from '../../../sim/rv32/emulator.js';
import type { Cli, CliProcess, CliResult } from '../../host/support/cli.js';
import { Mosquitto } from '../../host/support/mosquitto.js';
import { eventually } from './eventually.js';
import { MqttBridge } from './mqtt-bridge.js';

const BAUD = 115_200;
const LINK_NAME = 'radio';
/** A vacant board asks again after 30 s, if no host calls it: one that was started anew does not know that it is there. */
const SETTLED_MS = 60_000;

interface Fields {
  readonly count: number;
}

/** A machine and who it is. */
export interface RigBoard {
  readonly machine: EmulatedBoard;
  readonly boardId: string;
}

/** Two emulated boards at `godwit up`, a process of its own: one at its serial port, one through Mosquitto. One agent between them. */
export class MoveRig {
  readonly data: DataFolder;
  serial!: RigBoard;
  radio!: RigBoard;
  agentId = '';
  readonly #cli: Cli;
  readonly #image: BoardImage;
  readonly #folder = mkdtempSync(join(tmpdir(), 'godwit-move-'));
  #mosquitto: Mosquitto | undefined;
  #bridge: MqttBridge | undefined;
  #first = { sequence: 0, count: 0 };
  #host: CliProcess | undefined;

  constructor(cli: Cli, image: BoardImage) {
    this.#cli = cli;
    this.#image = image;
    this.data = new DataFolder(join(this.#folder, 'data'));
  }

  /** The board at the serial port has the agent; the other one is vacant. */
  async start(): Promise<void> {
    this.#mosquitto = await Mosquitto.start(this.#folder);
    [this.serial, this.radio] = [await this.#enrolled('serial'), await this.#enrolled(LINK_NAME, '--vacant')];
    this.#bridge = new MqttBridge(this.radio.machine.serialPath, this.#mosquitto.url, LINK_NAME);
    await this.startHost();
    await this.counts(20);
    const { headSequence, fields } = await this.operations().show(this.agentId);
    this.#first = { sequence: headSequence, count: (fields as Fields).count };
    await eventually('the vacant board is there', async () => (await this.boards()).some(({ agentId }) => agentId === ''));
  }

  async startHost(): Promise<void> {
    const serial = `${this.serial.machine.serialPath}:${BAUD}`;
    const host = this.#cli.start('up', '--serial', serial, '--mqtt', this.#mosquitto!.url, '--data', this.data.path);
    this.#host = host;
    await eventually('the host runs', () => this.data.announced()?.pid === host.child.pid);
  }

  async killHost(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    host?.child.kill('SIGKILL');
    await host?.ended;
  }

  /** A command of a person, at the running host. */
  run(...args: readonly string[]): Promise<CliResult> {
    return this.#cli.run(...args, '--data', this.data.path);
  }

  operations(): RemoteOperations {
    return new RemoteOperations(this.data.announced()!);
  }

  boards(): Promise<BoardRow[]> {
    return this.operations().boards();
  }

  move(): Promise<MoveView> {
    return this.operations().move(this.agentId);
  }

  /** The agent's owner, and the other board. */
  async places(): Promise<[owner: RigBoard, other: RigBoard]> {
    const { boardId } = await this.operations().show(this.agentId);
    return boardId === this.serial.boardId ? [this.serial, this.radio] : [this.radio, this.serial];
  }

  /** Waits until the agent has counted so many more, durably. */
  async counts(more: number, withinMs = 30_000): Promise<void> {
    const before = await this.#count();
    await eventually(`it counts ${more} more`, async () => (await this.#count()) >= before + more, withinMs);
  }

  /** One board runs the agent and the other one waits. */
  async oneRuns(): Promise<void> {
    await eventually(
      'one board has the agent, the other one is vacant',
      async () => {
        const [owner, other] = await this.places();
        const now = new Map((await this.boards()).filter(({ link }) => link !== '').map((row) => [row.boardId, row.agentId]));
        return now.get(owner.boardId) === this.agentId && now.get(other.boardId) === '';
      },
      SETTLED_MS,
    );
    await this.counts(10);
  }

  /** From the outputs in all retained states: every number that was committed since the start is there, once, and in order. */
  async expectCounted(): Promise<number[]> {
    const counted = await this.#count();
    const { sequence, outputs } = await this.operations().previewRestore(this.agentId, this.#first.sequence);
    deepStrictEqual(sequence, this.#first.sequence);
    const said = outputs.map(({ base64 }) => numberOf(Buffer.from(base64, 'base64')));
    deepStrictEqual(
      said,
      Array.from({ length: said.length }, (_, index) => this.#first.count + 1 + index),
    );
    ok(said.at(-1)! >= counted, `counted to ${counted}, said up to ${said.at(-1)}`);
    return said;
  }

  async remove(): Promise<void> {
    await this.killHost();
    await this.#bridge?.close();
    for (const board of [this.serial, this.radio]) await board?.machine.powerOff();
    await this.#mosquitto?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #count(): Promise<number> {
    const operations = this.operations();
    const row: AgentRow | undefined = (await operations.list())[0];
    if (row === undefined) return 0;
    this.agentId = row.agentId;
    return ((await operations.show(row.agentId)).fields as Fields | undefined)?.count ?? 0;
  }

  async #enrolled(name: string, ...more: readonly string[]): Promise<RigBoard> {
    const machine = new EmulatedBoard({ image: this.#image, folder: join(this.#folder, 'boards'), name });
    await machine.powerOn();
    const { code, stdout, stderr } = await this.#cli.run('enroll', '--port', machine.serialPath, '--name', name, '--json', ...more);
    deepStrictEqual({ code, stderr }, { code: 0, stderr: '' });
    return { machine, boardId: (JSON.parse(stdout) as BoardDescription).boardId };
  }
}

/** Of an output's record: its kind, then its text. */
function numberOf(record: Buffer): number {
  return Number(record.toString('latin1', 1 + record[0]!));
}
