// What a board's machine holds while an agent runs on it, with nothing else in its memory: the host is a peer in this process. Each
// figure comes from two lives: one that starts afresh, and one that begins without RAM and is refilled.
import type { BoardCosts, BoardName, Coding, LargestState, SteadyState } from '../measure/xs-figures.js';
import { modulesUnder } from './bundle.js';
import { MiniHostPeer } from './mini-host-peer.js';
import { PROFILES } from './profiles.js';
import { smallAgent, TURNS_PER_STEP } from './programs/small-agent.js';
import { type Counters, EXIT_MEMORY_FULL, mustBeDone, openXsProgram, type XsResult } from './run.js';

const AGENT = 'sim/xs/programs/full-agent.ts';
const SMALL_AGENT = 'sim/xs/programs/small-agent.ts';
const STEPS = 600;
const STEPS_TO_FIT = 100;
const GRAIN_BYTES = 256;
const GUESS_BYTES = 2048;
const TIMEOUT_MS = 300_000;
const MANY_TIMEOUT_MS = 900_000;

/** What one life prints. */
type Life = {
  readonly deltas: number;
  readonly aborts: number;
  readonly refills: number;
  readonly grown: { readonly slots: number; readonly chunkBytes: number; readonly collections: number };
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
async function live(profile: BoardName, stateBytes: number, coding: Coding, steps: number): Promise<XsResult[]> {
  const program = await openXsProgram({
    entry: 'sim/xs/programs/board-life.ts',
    preload: [...(await modulesUnder('src')), AGENT],
    define: { STATE_BYTES: String(stateBytes) },
  });
  const peer = new MiniHostPeer(stateBytes);
  const results: XsResult[] = [];
  try {
    for (const boot of ['1', '2']) {
      const result = await program.run({ profile, args: [coding, String(steps), boot], peer, timeoutMs: TIMEOUT_MS });
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
export async function measureBoard(profile: BoardName, stateBytes: number, coding: Coding): Promise<BoardCosts> {
  const lives = (await live(profile, stateBytes, coding, STEPS)).map(mustBeDone);
  const said = lives.map((result) => JSON.parse(result.stdout) as Life);
  const most = (counter: keyof Counters): number => Math.max(...lives.map((result) => result.counters![counter]));
  const total = (count: (life: Life) => number): number => said.reduce((sum, life) => sum + count(life), 0);
  return {
    profile,
    stateBytes,
    coding,
    slots: most('slots'),
    slotsPeak: most('slotsPeak'),
    slotsHeld: most('slotsHeld'),
    chunkBytes: most('chunkBytes'),
    chunkBytesHeld: most('chunkBytesHeld'),
    stackPeak: most('stackPeak'),
    stackCount: PROFILES[profile].stackCount,
    keys: most('keys'),
    arenaBytes: PROFILES[profile].arenaBytes,
    arenaFreeBytes: Math.min(...lives.map((result) => result.counters!.arenaFreeBytes)),
    deltas: total((life) => life.deltas),
    aborts: total((life) => life.aborts),
    refills: total((life) => life.refills),
    grown: {
      slots: total((life) => life.grown.slots),
      chunkBytes: total((life) => life.grown.chunkBytes),
      collections: total((life) => life.grown.collections),
    },
  };
}

async function fits(profile: BoardName, stateBytes: number, coding: Coding): Promise<boolean> {
  return (await live(profile, stateBytes, coding, STEPS_TO_FIT)).every((result) => result.exitCode === 0);
}

/** The largest state, in whole pages, that a profile holds: by bisection, from what a smaller one leaves free. */
export async function largestState(from: BoardCosts): Promise<LargestState> {
  const { profile, coding } = from;
  const guess = from.stateBytes + from.arenaFreeBytes + from.chunkBytesHeld - from.chunkBytes;
  let holds = Math.max(from.stateBytes, roundDown(guess - GUESS_BYTES));
  while (!(await fits(profile, holds, coding))) holds = Math.max(from.stateBytes, holds - GUESS_BYTES);
  let fails = roundDown(guess + GUESS_BYTES);
  while (await fits(profile, fails, coding)) {
    holds = fails;
    fails += GUESS_BYTES;
  }
  while (fails - holds > GRAIN_BYTES) {
    const middle = roundDown((holds + fails) / 2);
    if (await fits(profile, middle, coding)) holds = middle;
    else fails = middle;
  }
  return { profile, coding, stateBytes: holds };
}

function roundDown(bytes: number): number {
  return Math.floor(bytes / GRAIN_BYTES) * GRAIN_BYTES;
}
