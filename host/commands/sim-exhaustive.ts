import type { Exploration } from '../../sim/explore/explore.js';
import type { OrderKind } from '../../sim/moves/world.js';
import { printJson } from './output.js';

export interface ExhaustiveFlags {
  readonly crashes: number;
  readonly states: number;
  readonly json?: boolean;
}

const ORDERS: readonly OrderKind[] = ['migrate', 'restore', 'rewind'];
const PROGRESS_EVERY_MS = 2000;

/** `godwit sim --exhaustive`: every interleaving of one move with deaths of any party at every step. */
export async function runExhaustive({ crashes, states, json }: ExhaustiveFlags): Promise<void> {
  const { explore } = await import('../../sim/explore/explore.js');
  const results: (Exploration & { readonly order: OrderKind; readonly crashes: number })[] = [];
  for (const order of ORDERS) {
    let shownMs = performance.now();
    const onProgress = ({ states: visited, runs }: Exploration) => {
      if (!process.stderr.isTTY || performance.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = performance.now();
      process.stderr.write(`${order}: ${visited} states, ${runs} runs\n`);
    };
    const found = explore({ vacant: 1, leaseMs: 0, order, crashes, delays: 0 }, { statesMax: states, onProgress });
    results.push({ order, crashes, ...found });
    if (!json) printPeople(order, crashes, found);
  }
  if (json) printJson(results);
  if (results.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

function printPeople(order: OrderKind, crashes: number, { states, runs, ended, depth, isComplete, failure }: Exploration): void {
  const how = isComplete ? 'all of them' : 'as many as were asked for';
  process.stdout.write(
    `${order} with ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}: ${states} states, ${how}; ${runs} runs, ${ended} to their end, ${depth} choices at most\n`,
  );
  if (failure === undefined) return;
  process.stdout.write(`FAILED ${failure.message}\n`);
  for (const step of failure.story) process.stdout.write(`    ${step}\n`);
}
