import { chooseFaults, describeFault, type Fault, formatFaultChoice } from './faults.js';
import { planRun, type SimOptions } from './options.js';
import { type RunResult, run } from './run.js';
import type { SeedFailure, SeedReport, SeedRequest } from './seed-report.js';
import { shrink } from './shrink.js';

const SHRINK_TRIES = 60;

/** Runs one seed, and when it fails, looks for the fewest of its faults that still make it fail. */
export function runSeed(request: SeedRequest): SeedReport {
  const startMs = performance.now();
  const options = planRun(request);
  const result = run(options);
  const { failure, ...counts } = result;
  const wallMs = performance.now() - startMs;
  const report = { seed: request.seed, ...counts, wallMs };
  return failure ? { ...report, failure: explain(request, options, failure) } : report;
}

function explain(request: SeedRequest, options: SimOptions, failure: NonNullable<RunResult['failure']>): SeedFailure {
  let shown = failure;
  const fails = (faults: readonly Fault[]) => {
    const again = run({ ...options, faults }).failure;
    if (again) shown = again;
    return again !== undefined;
  };
  const faults = request.shrink ? shrink(options.faults, fails, SHRINK_TRIES) : options.faults;
  return { ...shown, repeat: repeatLine(request, options, faults), faults: faults.map(describeFault) };
}

/** The line that repeats a run with these of its faults. */
function repeatLine(request: SeedRequest, options: SimOptions, faults: readonly Fault[]): string {
  const { seed, boards, commits } = request;
  const whole = chooseFaults(options.faults, request.faults).length === faults.length;
  const choice = whole ? request.faults : faults.map((fault) => fault.index);
  return `godwit sim --seed ${seed} --boards ${boards} --commits ${commits} --faults ${formatFaultChoice(choice)}`;
}
