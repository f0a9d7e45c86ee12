// What a board's machine holds while its firmware runs an agent, with nothing else in its memory: the host is a peer in this process. Each
// figure comes from two lives: one that starts afresh, and one that begins without RAM and is refilled.
import type { BoardCosts, BoardLinkKind, BoardName, Coding, SteadyState } from '../measure/xs-figures.js';
import { modulesUnder } from './bundle.js';
import { MiniHostPeer, SerialHostPeer } from './mini-host-peer.js';
import { PROFILES } from './profiles.js';
import { smallAgent, TURNS_PER_STEP } from './programs/small-agent.js';
import { type Counters, EXIT_MEMORY_FULL, mustBeDone, openXsProgram, type XsResult } from './run.js';

/** Beside the library in ROM: the firmware, what stands for the SDK's classes, the agent. */
const FIRMWARE = ['firmware/board.ts', 'sim/xs/programs/pipe-platform.ts', 'sim/xs/programs/full-agent.ts'];
const SMALL_AGENT = 'sim/xs/programs/small-agent.ts';
/** Before the readings so long that the firmware has called itself healthy, and written so; then as long as no collection is due. */
const STEPS = [6500, 2000] as const;
/** Past the first rewrite of the whole state. */
const STEPS_TO_FIT = [600, 0] as const;
const GRAIN_BYTES = 256;
const GUESS_BYTES = 512;
const TIMEOUT_MS = 300_000;
const MANY_TIMEOUT_MS = 900_000;

/** What one life prints; slots, chunk bytes and collections are what moved in the time in which `framesOut` left. */
type Life = {
  readonly deltas: number;
  readonly aborts: number;
  readonly refills: number;
  readonly framesOut: number;
  readonly slots: number;
  readonly chunkBytes: number;
  readonly collections: number;
};

export type BoardSetup = {
  readonly profile: BoardName;
  readonly stateBytes: number;
  readonly link: BoardLinkKind;
  readonly coding: Coding;
};

/** Commits of a small agent in a nodemcu's memory; a multiple of 5. Throws where the head ends up different. */
export async function measureManyCommits(commits: number): Promise<SteadyState> {
  const program = await openXsProgram({ entry: 'sim/xs/programs/many-commits.ts', preload: [...(await modulesUnder('src')), SMALL_AGENT] });
  const peer = new MiniHostPeer(smallAgent.sizeBytes);
  try {
    const args = [String(commits / TURNS_PER_STEP)];
    const result = mustBeDone(await program.run({ profile: 'nodemcu', args, peer, timeoutMs: MANY_TIMEOUT_MS }));
    mustBeEqual(result, peer);
    return JSON.parse(result.stdout) as SteadyState;
  } finally {
    await program.close();
  }
}

function mustBeEqual(result: XsResult, { host }: MiniHostPeer): void {
  const { bytes, sizeBytes } = host.head;
  if (Buffer.from(result.output).equals(Buffer.from(bytes.buffer, bytes.byteOffset, sizeBytes))) return;
  throw new Error(`the head differs from the board's state of ${sizeBytes} bytes`);
}

/** Both lives of a board, or the first that its memory did not hold. Throws for anything else that goes wrong. */
async function live(
  { profile, stateBytes, link, coding }: BoardSetup,
  steps: readonly [warmUp: number, measured: number],
): Promise<XsResult[]> {
  const program = await openXsProgram({
    entry: 'sim/xs/programs/firmware-life.ts',
    preload: [...(await modulesUnder('src')), ...FIRMWARE],
    define: { STATE_BYTES: String(stateBytes) },
  });
  const peer = link === 'serial' ? new SerialHostPeer(stateBytes) : new MiniHostPeer(stateBytes);
  const results: XsResult[] = [];
  try {
    for (const boot of ['1', '2']) {
      const result = await program.run({ profile, args: [link, coding, ...steps.map(String), boot], peer, timeoutMs: TIMEOUT_MS });
      results.push(result);
      if (result.exitCode === EXIT_MEMORY_FULL) return results;
      mustBeDone(result);
      mustBeEqual(result, peer);
    }
  } finally {
    await program.close();
  }
  return results;
}

/** Throws where the board's memory does not hold the agent. */
export async function measureBoard(setup: BoardSetup): Promise<BoardCosts> {
  const lives = (await live(setup, STEPS)).map(mustBeDone);
  const said = lives.map((result) => JSON.parse(result.stdout) as Life);
  const most = (counter: keyof Counters): number => Math.max(...lives.map((result) => result.counters![counter]));
  const total = (count: keyof Life): number => said.reduce((sum, life) => sum + life[count], 0);
  const { stackCount, arenaBytes } = PROFILES[setup.profile];
  return {
    ...setup,
    slots: most('slots'),
    slotsHeld: most('slotsHeld'),
    chunkBytes: most('chunkBytes'),
    chunkBytesHeld: most('chunkBytesHeld'),
    stackPeak: most('stackPeak'),
    stackCount,
    keys: most('keys'),
    arenaBytes,
    arenaFreeBytes: Math.min(...lives.map((result) => result.counters!.arenaFreeBytes)),
    deltas: total('deltas'),
    aborts: total('aborts'),
    refills: total('refills'),
    framesOut: total('framesOut'),
    slotsPerFrame: total('slots') / total('framesOut'),
    grownChunkBytes: total('chunkBytes'),
    collections: total('collections'),
  };
}

async function fits(setup: BoardSetup): Promise<boolean> {
  return (await live(setup, STEPS_TO_FIT)).every((result) => result.exitCode === 0);
}

/** The largest state, in bytes of whole pages, that a board holds: by bisection, from what a smaller one leaves free. */
export async function largestState(from: BoardCosts): Promise<number> {
  const least = from.stateBytes;
  const guess = least + from.arenaFreeBytes + from.chunkBytesHeld - from.chunkBytes;
  const holdsBytes = (stateBytes: number): Promise<boolean> => fits({ ...from, stateBytes });
  let holds = Math.max(least, roundDown(guess - GUESS_BYTES));
  while (holds > least && !(await holdsBytes(holds))) holds = Math.max(least, holds - GUESS_BYTES);
  let fails = roundDown(guess + GUESS_BYTES);
  while (await holdsBytes(fails)) {
    holds = fails;
    fails += GUESS_BYTES;
  }
  while (fails - holds > GRAIN_BYTES) {
    const middle = roundDown((holds + fails) / 2);
    if (await holdsBytes(middle)) holds = middle;
    else fails = middle;
  }
  return holds;
}

function roundDown(bytes: number): number {
  return Math.floor(bytes / GRAIN_BYTES) * GRAIN_BYTES;
}
