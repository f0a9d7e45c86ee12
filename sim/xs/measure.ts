// The benchmark's figures of the engine: computrons, slots and chunks, read from XS itself. Every run is repeatable to the last digit.
import { BUDGET_WORKLOADS } from '../../bench/workloads/index.js';
import type {
  BoardFigures,
  CodecCosts,
  MeasureOptions,
  RamCosts,
  StackCosts,
  SteadyState,
  StoreCosts,
  WorkloadCosts,
  XsMeasurement,
} from '../measure/xs-figures.js';
import { largestState, measureBoard, measureManyCommits } from './boards.js';
import { buildXsHost } from './build.js';
import { modulesUnder } from './bundle.js';
import { type Memory, PROFILES } from './profiles.js';
import { mustBeDone, type RunOptions, runOnXs } from './run.js';
import { traceBytes } from './trace-bytes.js';

// A board's machine, but with room for both schemes, the origin's copies and the trace: the arena's size moves no computron.
const LONG_ARENA: Memory = { ...PROFILES.board, arenaBytes: 32 << 20 };
// A board's machine with a stack for both ends of a link.
const BOTH_ENDS: Memory = { ...PROFILES.board, stackCount: 1024 };
const TIMEOUT_MS = 300_000;
const STACK_LIVES = 5;
/** The states that boards have to hold, and in which profile. */
const BOARD_STATES = [
  ['esp32', 32768],
  ['nodemcu', 32768],
  ['esp32c3', 8192],
] as const;
const LINKS = [
  ['serial', 'stored'],
  ['serial', 'modelled'],
  ['mqtt', 'modelled'],
] as const;
const RAM_STATE_BYTES = [2048, 16384, 32768, 65536, 131072];

/** Measures everything on the machine at hand; two minutes with the defaults, on two cores. Throws where XS cannot be built or a run fails. */
export async function measureXs(options: MeasureOptions = {}): Promise<XsMeasurement> {
  const { seed = 1, workloadCommits = 40, steadyCommits = 10_000, manyCommits = 1_000_000, progress = () => {} } = options;
  const { wordBits } = await buildXsHost();
  progress(`${manyCommits} commits, beside the rest`);
  const many = wordBits === 32 ? measureManyCommits(manyCommits) : undefined;
  many?.catch(() => {});
  progress('stores');
  const store = await measureStores();
  const steady: Record<string, SteadyState> = {};
  for (const agent of STEADY_AGENTS) {
    progress(`${agent} over ${steadyCommits} commits`);
    steady[agent] = await measureSteady(agent, steadyCommits);
  }
  progress('RAM');
  const ram: RamCosts[] = [];
  for (const stateBytes of RAM_STATE_BYTES) ram.push(await measureRam(stateBytes));
  progress('stack');
  const stack = await measureStack(STACK_LIVES);
  const boards: BoardFigures[] = [];
  for (const [profile, stateBytes] of wordBits === 32 ? BOARD_STATES : []) {
    for (const [link, coding] of LINKS) {
      progress(`${profile} over ${link}, ${coding}`);
      const costs = await measureBoard({ profile, stateBytes, link, coding });
      boards.push({ ...costs, largestStateBytes: await largestState(costs) });
    }
  }
  const workloads: WorkloadCosts[] = [];
  for (const make of BUDGET_WORKLOADS) {
    const workload = make(seed, workloadCommits);
    progress(`workload ${workload.name}`);
    workloads.push(await measureWorkload(workload.name, workload.sizeBytes, traceBytes(workload)));
  }
  return {
    engine: 'XS 13.3.0',
    slotBytes: wordBits / 2,
    store: { ...store, ratio: store.later / store.raw },
    steady,
    ram,
    stack,
    boards,
    ...(many === undefined ? {} : { many: await many }),
    workloads,
  };
}

/** Programs whose memory must stand still. */
export const STEADY_AGENTS = ['steady', 'steady-typed', 'steady-modelled', 'steady-link', 'steady-agent', 'steady-lease'] as const;

export function measureSteady(agent: (typeof STEADY_AGENTS)[number], commits: number): Promise<SteadyState> {
  return measure(agent, { profile: BOTH_ENDS, args: [String(commits)], timeoutMs: TIMEOUT_MS });
}

export function measureStores(): Promise<StoreCosts> {
  return measure('barrier', { profile: 'board' });
}

export function measureRam(stateBytes: number): Promise<RamCosts> {
  return measure('ram', { profile: LONG_ARENA, args: [String(stateBytes)] });
}

type WorkloadSums = Record<'commits' | 'commit' | 'barrier' | 'bytes' | 'originCommit' | 'originBytes', number>;

export function measureStack(lives: number): Promise<StackCosts> {
  return measure('stack', { profile: 'roomy', args: [String(lives)], timeoutMs: TIMEOUT_MS });
}

/** Costs of one workload, given as `traceBytes` has it. */
export async function measureWorkload(name: string, stateBytes: number, input: Uint8Array): Promise<WorkloadCosts> {
  const run = (factor: number, codec: string): Promise<WorkloadSums> =>
    measure('workload', { profile: LONG_ARENA, input, args: [String(factor), codec], timeoutMs: TIMEOUT_MS });
  const codecCosts = async (codec: string, once: WorkloadSums): Promise<CodecCosts> => {
    const twice = await run(2, codec);
    return {
      commit: once.commit / once.commits,
      bytes: once.bytes / once.commits,
      ratio: (once.commit + once.barrier) / once.originCommit,
      doubledGrowth: (twice.commit + twice.barrier) / (once.commit + once.barrier) - 1,
    };
  };
  const stored = await run(1, 'stored');
  return {
    name,
    stateBytes,
    commits: stored.commits,
    barrier: stored.barrier / stored.commits,
    originCommit: stored.originCommit / stored.commits,
    originBytes: stored.originBytes / stored.commits,
    stored: await codecCosts('stored', stored),
    modelled: await codecCosts('modelled', await run(1, 'modelled')),
  };
}

async function measure<T>(program: string, options: RunOptions): Promise<T> {
  const entry = `sim/xs/programs/${program}.ts`;
  const ended = mustBeDone(await runOnXs({ entry, preload: await modulesUnder('src'), ...options }));
  return JSON.parse(ended.stdout) as T;
}
