import type { Exploration } from '../../sim/explore/explore.js';
import type { OrderKind } from '../../sim/moves/world.js';
import { printJson } from './output.js';

/** What is explored: one order, or each in turn. */
export const EXPLORED_ORDERS = ['migrate', 'restore', 'rewind'] as const satisfies readonly OrderKind[];

export interface ExhaustiveFlags {
  readonly order?: (typeof EXPLORED_ORDERS)[number];
  readonly crashes: number;
  readonly delays: number;
  readonly lease: number;
  readonly states: number;
  readonly json?: boolean;
}

const PROGRESS_EVERY_MS = 2000;

/** `godwit sim --exhaustive`: every interleaving of one move with deaths of any party at every step. */
export async function runExhaustive({ order, crashes, delays, lease, states, json }: ExhaustiveFlags): Promise<void> {
  const { exploreApart } = await import('../../sim/explore/explore-apart.js');
  const results: (Exploration & { readonly order: OrderKind; readonly crashes: number })[] = [];
  for (const explored of order === undefined ? EXPLORED_ORDERS : [order]) {
    let shownMs = performance.now();
    const onProgress = (found: Exploration) => {
      if (!process.stderr.isTTY || performance.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = performance.now();
      process.stderr.write(`${explored}: ${found.states} states, ${found.runs} runs so far, ${found.open} branches open\n`);
    };
    const options = { vacant: 1, leaseMs: lease, order: explored, crashes, delays };
    const found = await exploreApart(options, { statesMax: states, onProgress });
    results.push({ order: explored, crashes, ...found });
    if (!json) printPeople(`${explored}, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`, found);
  }
  if (json) printJson(results);
  if (results.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

function printPeople(what: string, { states, runs, ended, depth, isComplete, failure }: Exploration): void {
  const how = isComplete ? 'complete' : failure === undefined ? 'not complete: --states says how far to go' : 'stopped at a violation';
  process.stdout.write(`${what}: ${states} states, ${runs} runs, ${ended} to their end, ${depth} choices at most, ${how}\n`);
  if (failure === undefined) return;
  process.stdout.write(`FAILED ${failure.message}\n`);
  for (const step of failure.story) process.stdout.write(`    ${step}\n`);
  process.stdout.write(`  choices: ${failure.choices.join()}\n`);
}
