import { join } from 'node:path';
import { examples } from '../../examples/index.js';
import { derive } from '../../sim/random.js';
import type { Host } from '../host.js';
import { LevelStore } from '../store/level-store.js';
import type { StoredAgent, VerifyReport } from '../store/store.js';
import { DemoBoard, sha256 } from './demo-board.js';
import { EmulatedBoard, type EmulatedMachine } from './emulated-board.js';
import type { FleetBoard } from './fleet-board.js';
import { MqttPlug, SerialPlug } from './plug.js';

const DRAIN_MS_MAX = 20_000;
const LOOK_EVERY_MS = 10;
const POWER_OFF_MS = 300;
const BIRDS = ['kestrel', 'curlew', 'plover', 'heron', 'dunlin', 'avocet', 'lapwing', 'osprey'];

/** One board at the end of a run. */
export interface BoardReport {
  readonly board: string;
  readonly agent: string;
  readonly link: string;
  readonly commits: number;
  readonly deltas: number;
  readonly headSequence: number;
  /** Bytes that the board sent, with all framing of its medium. */
  readonly wireBytes: number;
  readonly stateBytes: number;
  readonly powerLosses: number;
  readonly refills: number;
  readonly boardSha256: string;
  readonly hostSha256: string;
  /** The host's head is the board's state, byte for byte. */
  readonly equal: boolean;
}

export interface FleetOptions {
  readonly boards: number;
  /** Boards without an agent, which can be given one of those that run here. */
  readonly vacant?: number;
  /** The last board hangs on a simulated serial cable; all others are MQTT clients. */
  readonly withSerial: boolean;
  readonly seed: number;
  readonly machines: readonly EmulatedMachine[];
}

/** Simulated and emulated boards with the example agents at a running host. */
export class Fleet {
  readonly boards: FleetBoard[];
  readonly #host: Host;

  constructor(host: Host, brokerUrl: string, options: FleetOptions) {
    this.#host = host;
    const ownedBy = (boardId: string) => host.sessions.agents().find((agent) => agent.boardId === boardId)?.agentId;
    const emulated = options.machines.map((machine, index) => new EmulatedBoard(machine, derive(options.seed, 'emulated', index), ownedBy));
    this.boards = [...simulatedBoards(host, brokerUrl, options), ...vacantBoards(host, brokerUrl, options), ...emulated];
  }

  /** @throws Error when an emulated board does not start */
  async powerOn(): Promise<void> {
    await Promise.all(this.boards.map((board) => board.powerOn()));
    for (const board of this.boards) if (board instanceof EmulatedBoard) this.#host.addTransport(board.transport);
  }

  /** Takes a board's power and RAM, and gives the power back a moment later: the host refills it. */
  async cutPower(board: FleetBoard): Promise<void> {
    await until(() => board.settled);
    await board.powerLoss();
    await new Promise((resolve) => setTimeout(resolve, POWER_OFF_MS));
    await board.powerOn();
  }

  /** The boards that run an agent now: those that gave theirs up, and those that never had one, are vacant. */
  get owners(): FleetBoard[] {
    return this.boards.filter(({ agentId, boardId }) => {
      const owner = this.#host.sessions.agent(agentId)?.boardId ?? boardId;
      return agentId !== '' && owner === boardId;
    });
  }

  /** Stops the agents and waits until everything they committed is durable; false if that does not come to pass. */
  async drain(): Promise<boolean> {
    const started = await until(() => this.owners.every((board) => board.sequence > 0));
    for (const board of this.boards) board.stopAgent();
    return (
      started &&
      (await until(() => this.owners.every((board) => board.settled && this.#headSequence(board) === board.acknowledgedSequence)))
    );
  }

  report(): BoardReport[] {
    return this.owners.map((board) => {
      const state = board.state;
      const head = this.#host.sessions.state(board.agentId) ?? new Uint8Array(0);
      return {
        board: board.name,
        agent: board.agentName,
        link: board.link,
        commits: board.commits,
        deltas: board.deltas,
        headSequence: this.#headSequence(board),
        wireBytes: board.sentBytes,
        stateBytes: state.length,
        powerLosses: board.powerLosses,
        refills: board.refills,
        boardSha256: sha256(state),
        hostSha256: sha256(head),
        equal: state.length > 0 && Buffer.from(state).equals(head) && this.#headSequence(board) === board.acknowledgedSequence,
      };
    });
  }

  /** Takes all boards off; their states are returned, to be compared with the reopened store. */
  async end(): Promise<Map<string, Uint8Array>> {
    const states = new Map(this.owners.map((board) => [board.agentId, board.state]));
    await Promise.all(this.boards.map((board) => board.end()));
    return states;
  }

  #headSequence(board: FleetBoard): number {
    return this.#host.sessions.agent(board.agentId)?.sequence ?? 0;
  }
}

function simulatedBoards(host: Host, brokerUrl: string, options: FleetOptions): DemoBoard[] {
  const agents = Object.values(examples);
  return Array.from({ length: options.boards }, (_, index) => {
    const name = boardName(index);
    const isSerial = options.withSerial && index === options.boards - 1;
    const plug = isSerial ? new SerialPlug(name) : new MqttPlug(brokerUrl, name);
    if (plug instanceof SerialPlug) host.addTransport(plug.transport);
    return new DemoBoard(name, agents[index % agents.length]!, plug, options.seed, index, 'board', flashFolder(host));
  });
}

/** Each has the program of an agent of the run, by turns; in a run without boards, of an example. */
function vacantBoards(host: Host, brokerUrl: string, { boards, vacant = 0, seed }: FleetOptions): DemoBoard[] {
  const agents = Object.values(examples).slice(0, boards || undefined);
  return Array.from({ length: vacant }, (_, index) => {
    const name = boardName(boards + index);
    const plug = new MqttPlug(brokerUrl, name);
    return new DemoBoard(name, agents[index % agents.length]!, plug, seed, index, 'vacant', flashFolder(host));
  });
}

function flashFolder(host: Host): string {
  return join(host.folder.path, 'simulated');
}

export interface ReopenedVerdict {
  /** Agents whose stored head equals the board's state, byte for byte. */
  readonly equal: number;
  /** Retained points that were rebuilt and compared with their digests. */
  readonly points: number;
  readonly faults: readonly string[];
}

/** Opens a closed store again and compares its heads with what the boards had. */
export async function compareStore(storePath: string, states: ReadonlyMap<string, Uint8Array>): Promise<ReopenedVerdict> {
  const store = await LevelStore.open(storePath);
  const faults: string[] = [];
  let equal = 0;
  let points = 0;
  for (const [agentId, state] of states) {
    const stored = await new Promise<StoredAgent | undefined>((resolve) => store.load(agentId, (_error, agent) => resolve(agent)));
    if (stored !== undefined && Buffer.from(state).equals(stored.state)) equal++;
    const report = await new Promise<VerifyReport | undefined>((resolve) => store.verify(agentId, (_error, found) => resolve(found)));
    points += report?.points ?? 0;
    faults.push(...(report?.faults ?? [`agent ${agentId} is not in the store`]));
  }
  await new Promise<void>((resolve) => store.close(() => resolve()));
  return { equal, points, faults };
}

async function until(condition: () => boolean): Promise<boolean> {
  const deadlineMs = performance.now() + DRAIN_MS_MAX;
  while (!condition()) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

function boardName(index: number): string {
  const bird = BIRDS[index % BIRDS.length]!;
  return index < BIRDS.length ? bird : `${bird}${Math.floor(index / BIRDS.length) + 1}`;
}
