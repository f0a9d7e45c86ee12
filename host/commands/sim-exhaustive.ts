import type { Exploration } from '../../sim/explore/explore.js';
import type { ExploreOptions } from '../../sim/explore/explored-run.js';
import type { OrderKind } from '../../sim/moves/world.js';
import { WrongUsage } from './failure.js';
import { printJson } from './output.js';

/** What is explored: one order, or each in turn. */
export const EXPLORED_ORDERS = ['migrate', 'restore', 'rewind'] as const satisfies readonly OrderKind[];

export interface ExhaustiveFlags {
  readonly order?: (typeof EXPLORED_ORDERS)[number];
  readonly crashes: number;
  readonly delays: number;
  readonly lease: number;
  readonly states: number;
  /** One run again, instead of all. */
  readonly choices?: readonly number[];
  readonly json?: boolean;
}

type Explored = Exploration & ExploreOptions;

const PROGRESS_EVERY_MS = 2000;

/** `godwit sim --exhaustive`: every interleaving of one move with deaths of any party at every step. */
export async function runExhaustive(flags: ExhaustiveFlags): Promise<void> {
  const { order, states, choices, json } = flags;
  if (choices !== undefined && order === undefined) throw new WrongUsage('--choices are those of one order: name it with --order.');
  const { exploreApart } = await import('../../sim/explore/explore-apart.js');
  const results: Explored[] = [];
  for (const explored of order === undefined ? EXPLORED_ORDERS : [order]) {
    let shownMs = performance.now();
    const onProgress = (found: Exploration) => {
      if (!process.stderr.isTTY || performance.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = performance.now();
      process.stderr.write(`${explored}: ${found.states} states, ${found.runs} runs so far, ${found.open} branches open\n`);
    };
    const options = { vacant: 1, leaseMs: flags.lease, order: explored, crashes: flags.crashes, delays: flags.delays };
    const found = await exploreApart(options, { statesMax: states, only: choices, onProgress });
    const result = { ...options, ...found };
    results.push(result);
    if (!json) printPeople(result);
  }
  if (json) printJson(results);
  if (results.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

function printPeople({ order, crashes, delays, leaseMs, states, runs, ends, depth, isComplete, failure }: Explored): void {
  const how = isComplete ? 'complete' : failure === undefined ? 'not complete' : 'stopped at a violation';
  const what = `${order}, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`;
  process.stdout.write(`${what}: ${states} states, ${runs} runs, ${depth} choices at most, ${how}\n`);
  for (const end of ends) process.stdout.write(`    ${end}\n`);
  if (failure === undefined) return;
  process.stdout.write(`FAILED ${failure.message}\n`);
  for (const step of failure.story) process.stdout.write(`    ${step}\n`);
  const flags = `--order ${order} --crashes ${crashes} --delays ${delays} --lease ${leaseMs}`;
  process.stdout.write(`  repeat: godwit sim --exhaustive ${flags} --choices ${failure.choices.join()}\n`);
}
