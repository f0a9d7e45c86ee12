import { type Command, InvalidArgumentError, Option } from 'commander';
import { type FaultChoice, parseFaultChoice } from '../../sim/faults.js';
import { SIM_DEFAULTS, SIM_LIMITS } from '../../sim/limits.js';
import type { SeedSweep } from '../../sim/sweep.js';
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../../src/wire/constants.js';
import { WrongUsage } from './failure.js';
import { examples, wholeNumber } from './options.js';
import { printJson, printTable } from './output.js';
import { EXPLORED_ORDERS, type ExhaustiveFlags, runExhaustive } from './sim-exhaustive.js';

interface SimFlags extends ExhaustiveFlags {
  readonly boards: number;
  readonly seed: number;
  readonly seeds: number;
  readonly commits: number;
  readonly faults: FaultChoice;
  readonly workers: number;
  readonly moves?: boolean;
  readonly exhaustive?: boolean;
}

const SEEDS_MAX = 1e9;
const PROGRESS_EVERY_MS = 500;
/** Two crashes of any order have fewer. */
const EXPLORED_STATES = 1_000_000;

function faultChoice(text: string): FaultChoice {
  try {
    return parseFaultChoice(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number that may be written as 1e6. */
function seedCount(text: string): number {
  const match = /^(\d{1,10})(?:e(\d))?$/.exec(text);
  const value = match ? Number(match[1]) * 10 ** Number(match[2] ?? 0) : 0;
  if (!(value >= 1 && value <= SEEDS_MAX)) throw new InvalidArgumentError(`Give a whole number of 1 to ${SEEDS_MAX}.`);
  return value;
}

function choiceList(text: string): readonly number[] {
  if (!/^\d{1,3}(,\d{1,3})*$/.test(text)) throw new InvalidArgumentError('Give numbers with commas between, such as 0,0,1.');
  return text.split(',').map(Number);
}

function leaseTime(text: string): number {
  const value = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (value === 0 || (value >= LEASE_MS_MIN && value <= LEASE_MS_MAX)) return value;
  throw new InvalidArgumentError(`Give 0, or a time of ${LEASE_MS_MIN} to ${LEASE_MS_MAX} ms.`);
}

/** `godwit sim`: whole fleets on a virtual clock with seeded faults; every run is checked after every event. */
export function addSimCommand(program: Command): void {
  program
    .command('sim')
    .description('run boards, links, host and store on a virtual clock with seeded faults, and check the invariants after every event')
    .option('--boards <n>', 'boards of a run', wholeNumber(1, SIM_LIMITS.boardsMax), SIM_DEFAULTS.boards)
    .option('--seed <n>', 'the first seed', wholeNumber(0, SIM_LIMITS.seedMax), 1)
    .option('--seeds <n>', 'how many seeds, one run each (1e6 is understood)', seedCount, 1)
    .option('--commits <n>', 'commits of each board', wholeNumber(1, SIM_LIMITS.commitsMax), SIM_DEFAULTS.commits)
    .option('--faults <list>', "all, none, kinds (loss,crash), or places in the seed's list (3,7)", faultChoice, 'all' as FaultChoice)
    .option('--workers <n>', 'threads', wholeNumber(1, 64), 1)
    .option('--moves', 'one agent that counts and is restored, migrated and rolled back between boards, instead of a fleet')
    .option('--exhaustive', 'every interleaving of one move with deaths at every step, instead of seeds')
    .addOption(new Option('--order <order>', 'with --exhaustive: only this one').choices(EXPLORED_ORDERS))
    .option('--crashes <n>', 'with --exhaustive: how many deaths', wholeNumber(0, 4), 1)
    .option('--delays <n>', 'with --exhaustive: how often time passes though something is on its way', wholeNumber(0, 4), 0)
    .option('--lease <ms>', 'with --exhaustive: of the agent; 0: none', leaseTime, 0)
    .option('--states <n>', 'with --exhaustive: stop after so many states of each move (1e6 is understood)', seedCount, EXPLORED_STATES)
    .option('--choices <list>', 'with --exhaustive --order: one run again, by what it chose', choiceList)
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      examples(
        'godwit sim --seeds 1000 --workers 2',
        'godwit sim --seed 42 --faults 3,7',
        'godwit sim --faults loss,crash --json',
        'godwit sim --moves --seeds 1000',
        'godwit sim --exhaustive --crashes 1',
        'godwit sim --exhaustive --crashes 2 --order migrate',
      ),
    )
    .action(runSim);
}

/** Places name faults of one seed's list: a place that is not there would be a run without faults that looks like a proof. */
async function refuseMissingPlaces({ faults, seed, seeds, boards, commits, moves }: SimFlags): Promise<void> {
  const places = typeof faults === 'string' ? [] : faults.filter((choice) => typeof choice === 'number');
  if (places.length === 0) return;
  if (seeds > 1) throw new WrongUsage('Places such as 3,7 name the faults of one seed: leave --seeds out, or name kinds.');
  const { planRun } = await import('../../sim/options.js');
  const { planMoves } = await import('../../sim/moves/options.js');
  const drawn = moves ? planMoves({ seed, faults: 'all' }) : planRun({ seed, boards, commits, faults: 'all' });
  const count = drawn.faults.length;
  const missing = places.find((place) => place >= count);
  if (missing !== undefined) throw new WrongUsage(`Seed ${seed} has ${count} faults, counted from 0: there is no ${missing}.`);
}

async function runSim(flags: SimFlags): Promise<void> {
  if (flags.exhaustive) {
    await runExhaustive(flags);
    return;
  }
  if (flags.seed + flags.seeds - 1 > SIM_LIMITS.seedMax)
    throw new WrongUsage(`The seeds end at ${SIM_LIMITS.seedMax}: start lower or run fewer.`);
  await refuseMissingPlaces(flags);
  const { sweepSeeds } = await import('../../sim/sweep.js');
  const { defaultWorker } = await import('../../sim/seed-pool.js');
  let shownMs = performance.now();
  const result = await sweepSeeds({
    ...flags,
    world: flags.moves ? 'moves' : 'fleet',
    ...defaultWorker(),
    onProgress: (sweep) => {
      if (!process.stderr.isTTY || performance.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = performance.now();
      process.stderr.write(`${progressLine(sweep, flags.seeds)}\n`);
    },
  });
  if (flags.json) printJson(result);
  else printPeople(result);
  if (result.failures.length > 0) process.exitCode = 1;
}

function progressLine(sweep: SeedSweep, seeds: number): string {
  const rate = sweep.seeds / Math.max(sweep.wallMs / 1000, 0.001);
  return `${sweep.seeds}/${seeds} seeds, ${sweep.failures.length} failed, ${rate.toFixed(1)} seeds/s, ${sweep.speedUp.toFixed(0)} x real time`;
}

function printPeople(sweep: SeedSweep): void {
  printTable(
    [
      { title: 'rare path', value: ([name]) => name },
      { title: 'times', value: ([, count]) => count, right: true },
    ],
    Object.entries(sweep.rarePaths).sort(([a], [b]) => a.localeCompare(b)),
  );
  process.stdout.write(
    `\n${sweep.seeds} seeds, ${sweep.commits} commits, ${sweep.deltas} deltas, ${sweep.wireBytes} bytes on the wire, ` +
      `${(sweep.virtualMs / 1000).toFixed(0)} s simulated in ${(sweep.wallMs / 1000).toFixed(1)} s; trace ${sweep.traceHash}\n`,
  );
  for (const failure of sweep.failures) {
    process.stdout.write(`\nFAILED ${failure.message}\n  at ${failure.atMs.toFixed(3)} ms\n  repeat: ${failure.repeat}\n`);
    for (const fault of failure.faults) process.stdout.write(`    ${fault}\n`);
  }
  process.stdout.write(sweep.failures.length === 0 ? 'every invariant held\n' : `${sweep.failures.length} seeds failed\n`);
}
