import { chooseFaults, describeFault, type FaultChoice, formatFaultChoice } from './faults.js';
import { describeMoveFault, planMoves } from './moves/options.js';
import { runMoves } from './moves/run.js';
import { planRun } from './options.js';
import { type RunResult, run } from './run.js';
import type { SeedFailure, SeedReport, SeedRequest } from './seed-report.js';
import { shrink } from './shrink.js';

const SHRINK_TRIES = 60;

/** A seed of one of the simulator's worlds: what strikes it, and a run with some of that. */
interface SeedPlan<F extends { readonly index: number }> {
  readonly faults: readonly F[];
  run(faults: readonly F[]): RunResult;
  describe(fault: F): string;
  /** The faults that a choice means. */
  choose(choice: FaultChoice): readonly F[];
  /** What repeats the run, without its faults. */
  readonly line: string;
}

function fleetPlan(request: SeedRequest): SeedPlan<ReturnType<typeof planRun>['faults'][number]> {
  const options = planRun(request);
  const { seed, boards, commits } = request;
  return {
    faults: options.faults,
    run: (faults) => run({ ...options, faults }),
    describe: describeFault,
    choose: (choice) => chooseFaults(options.faults, choice),
    line: `godwit sim --seed ${seed} --boards ${boards} --commits ${commits}`,
  };
}

function movesPlan({ seed, faults }: SeedRequest): SeedPlan<ReturnType<typeof planMoves>['faults'][number]> {
  const options = planMoves({ seed, faults });
  return {
    faults: options.faults,
    run: (chosen) => runMoves({ ...options, faults: chosen }),
    describe: describeMoveFault,
    choose: (choice) => planMoves({ seed, faults: choice }).faults,
    line: `godwit sim --moves --seed ${seed}`,
  };
}

/** Runs one seed, and when it fails, looks for the fewest of its faults that still make it fail. */
export function runSeed(request: SeedRequest): SeedReport {
  return request.world === 'moves' ? runPlan(request, movesPlan(request)) : runPlan(request, fleetPlan(request));
}

function runPlan<F extends { readonly index: number }>(request: SeedRequest, plan: SeedPlan<F>): SeedReport {
  const startMs = performance.now();
  const { failure, ...counts } = plan.run(plan.faults);
  const wallMs = performance.now() - startMs;
  const report = { seed: request.seed, ...counts, wallMs };
  return failure ? { ...report, failure: explain(request, plan, failure) } : report;
}

function explain<F extends { readonly index: number }>(
  request: SeedRequest,
  plan: SeedPlan<F>,
  failure: NonNullable<RunResult['failure']>,
): SeedFailure {
  let shown = failure;
  const fails = (faults: readonly F[]) => {
    const again = plan.run(faults).failure;
    if (again) shown = again;
    return again !== undefined;
  };
  const faults = request.shrink ? shrink(plan.faults, fails, SHRINK_TRIES) : plan.faults;
  const whole = plan.choose(request.faults).length === faults.length;
  const choice = whole ? request.faults : faults.map(({ index }) => index);
  return { ...shown, repeat: `${plan.line} --faults ${formatFaultChoice(choice)}`, faults: faults.map(plan.describe) };
}
