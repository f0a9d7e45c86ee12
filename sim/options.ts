import type { AgentDefinition } from '../src/agent/definition.js';
import { pageCountOf } from '../src/memory/memory-layout.js';
import { chooseFaults, drawFaults, type Fault, type FaultChoice, type FaultKind } from './faults.js';
import { type MessageLinkOptions, messageLinkDefaults } from './links/message-link.js';
import { type SerialLinkOptions, serialLinkDefaults } from './links/serial-link.js';
import { derive, type Random } from './random.js';
import { type SimDiskOptions, simDiskDefaults } from './store/sim-store.js';

/** Runtime block and the other fields of the simulated agent. */
const AGENT_PAGES_MAX = 8;

/** How a board writes. */
export interface WriterOptions {
  /** Mean writes of a turn, and how long each is at most. */
  readonly writesPerTurn: number;
  readonly writeBytesMax: number;
  /** Share of the writes that go to the first page: counters. */
  readonly hotShare: number;
  /** Share of the writes that put back what was there. */
  readonly idleShare: number;
}

export interface BoardOptions {
  /** raw: random writes into a page memory. agent: an agent on the runner, with timers, inputs and outputs. */
  readonly program: 'raw' | 'agent';
  /** Makes the agent of a board anew at each start; without it, one that uses everything an agent can use. */
  readonly agent?: () => AgentDefinition;
  /** What is sent to such an agent. */
  readonly messages?: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly maskCount: number;
  readonly copyCount: number;
  readonly windowFrames: number;
  readonly frameBytes: number;
  readonly turnEveryMs: number;
  readonly commits: number;
  readonly writer: WriterOptions;
  /** Mean time between messages to the agent; a raw board takes none. */
  readonly inputEveryMs: number;
  /** Goes on from its own checkpoint while the host is away. */
  readonly runsAlone: boolean;
  readonly firstLink: 'serial' | 'mqtt';
  /** The clone has been given the link name of the first board too: both hear what is for either. */
  readonly cloneSharesTopics: boolean;
  readonly serial: SerialLinkOptions;
  readonly mqtt: MessageLinkOptions;
}

export interface HostOptions {
  /** Cells of the shared pool for staged pages. */
  readonly poolPages: number;
  readonly disk: SimDiskOptions;
  /** Guest sessions of its first life are numbered from here; the next one's come after. */
  readonly guestSessionBase?: number;
}

/** Everything that decides a run. Two runs with equal options are equal event for event (I8). */
export interface SimOptions {
  readonly seed: number;
  readonly boards: readonly BoardOptions[];
  readonly host: HostOptions;
  readonly faults: readonly Fault[];
  /** When faults stop, at the latest. */
  readonly quietAfterMs: number;
  /** How long after that everything must have converged. */
  readonly convergeWithinMs: number;
}

/** What a person chooses; the seed decides the rest. */
export interface SimChoice {
  readonly seed: number;
  readonly boards: number;
  readonly commits: number;
  readonly faults: FaultChoice;
}

/** What only the simulator's own programs listen to. */
const WRITER_FAULTS: readonly FaultKind[] = ['throw', 'burst', 'poke'];

/** A fleet of one agent; the seed decides links, pools and faults. */
export interface AgentChoice {
  readonly seed: number;
  readonly boards: number;
  readonly agent: () => AgentDefinition;
  readonly messages: readonly Uint8Array[];
  /** Faults strike within this time; then they end, and the fleet must converge. */
  readonly forMs: number;
  readonly faults: FaultChoice;
}

const CONVERGE_WITHIN_MS = 240_000;

const pick = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;

function drawWriter(random: Random): WriterOptions {
  return {
    writesPerTurn: pick(random, [1, 2, 6, 20]),
    writeBytesMax: pick(random, [4, 16, 64, 600]),
    hotShare: pick(random, [0, 0.3, 0.8]),
    idleShare: pick(random, [0, 0.2]),
  };
}

function drawBoard(random: Random, commits: number): BoardOptions {
  return {
    program: random.chance(0.55) ? 'raw' : 'agent',
    // The largest takes more than one question when all its pages are compared.
    sizeBytes: pick(random, [1, 100, 256, 1000, 2048, 4096, 6000, 8192, 8192, 20_000]),
    maskCount: pick(random, [0, 1, 4, 16, 48]),
    copyCount: pick(random, [0, 1, 2, 4]),
    windowFrames: pick(random, [1, 2, 3, 3, 8]),
    frameBytes: pick(random, [64, 128, 256, 256]),
    turnEveryMs: pick(random, [20, 40, 80, 150]),
    inputEveryMs: pick(random, [100, 400, 2000]),
    commits,
    writer: drawWriter(random),
    runsAlone: random.chance(0.6),
    firstLink: random.chance(0.5) ? 'serial' : 'mqtt',
    cloneSharesTopics: random.chance(0.4),
    serial: {
      ...serialLinkDefaults,
      baud: pick(random, [115_200, 460_800, 921_600]),
      bridgeLatencyMs: pick(random, [1, 1, 16]),
      pauseEveryMs: pick(random, [Number.POSITIVE_INFINITY, 150, 600]),
    },
    mqtt: { ...messageLinkDefaults, latencyMs: pick(random, [1, 6, 40]), brokerQueues: random.chance(0.4) },
  };
}

/** The run that a seed stands for. */
export function planRun(choice: SimChoice): SimOptions {
  const { seed, commits } = choice;
  const boards = Array.from({ length: choice.boards }, (_, i) => drawBoard(derive(seed, 'board', i), commits));
  const longestMs = Math.max(...boards.map((board) => board.turnEveryMs * board.commits));
  const windowMs = Math.max(2000, longestMs * 1.2);
  const faults = chooseFaults(drawFaults(seed, boards.length, windowMs), choice.faults);
  return withHost(seed, boards, faults, windowMs + 10_000);
}

/** Links and pools of the boards are those of planRun() with the same seed. */
export function planAgentRun(choice: AgentChoice): SimOptions {
  const { seed, agent, messages, forMs } = choice;
  const definition = agent();
  const boards = Array.from({ length: choice.boards }, (_, i) => ({
    ...drawBoard(derive(seed, 'board', i), Number.POSITIVE_INFINITY),
    program: 'agent' as const,
    sizeBytes: definition.sizeBytes,
    runsAlone: definition.whenHostAway === 'run',
    agent,
    messages,
  }));
  const drawn = drawFaults(seed, boards.length, forMs).filter(({ kind }) => !WRITER_FAULTS.includes(kind));
  return withHost(seed, boards, chooseFaults(drawn, choice.faults), forMs);
}

function withHost(seed: number, boards: readonly BoardOptions[], faults: readonly Fault[], quietAfterMs: number): SimOptions {
  const pagesOf = ({ program, sizeBytes }: BoardOptions) => pageCountOf(sizeBytes) + (program === 'agent' ? AGENT_PAGES_MAX : 0);
  const largestPages = Math.max(...boards.map(pagesOf));
  const random = derive(seed, 'host');
  return {
    seed,
    boards,
    host: {
      poolPages: Math.max(pick(random, [40, 40, 64, 256]), largestPages),
      disk: { ...simDiskDefaults, syncMaxMs: pick(random, [1, 6, 30]) },
    },
    faults,
    quietAfterMs,
    convergeWithinMs: CONVERGE_WITHIN_MS,
  };
}
