import type { FaultChoice } from './faults.js';
import { runSeedPool } from './seed-pool.js';
import type { SeedFailure, SeedReport, SeedRequest } from './seed-report.js';
import { Trace } from './trace.js';

export interface SweepOptions {
  readonly seed: number;
  readonly seeds: number;
  /** From one seed to the next; default 1. */
  readonly step?: number;
  /** Default: a fleet, each board with its agent. */
  readonly world?: SeedRequest['world'];
  readonly boards: number;
  readonly commits: number;
  readonly faults: FaultChoice;
  readonly workers: number;
  readonly workerUrl: URL;
  readonly execArgv?: readonly string[];
  /** Stop after so many failing seeds. */
  readonly failuresMax?: number;
  /** Look for the smallest list of faults that still fails; on unless false. */
  readonly shrink?: boolean;
  readonly onProgress?: (sweep: SeedSweep) => void;
}

/** What many seeds came to. */
export interface SeedSweep {
  seeds: number;
  commits: number;
  deltas: number;
  wireBytes: number;
  events: number;
  virtualMs: number;
  wallMs: number;
  /** Simulated time over wall time, all workers together. */
  speedUp: number;
  /** Of all runs in the order of their seeds: the same options always give the same. */
  traceHash: string;
  readonly rarePaths: Record<string, number>;
  readonly failures: (SeedFailure & { readonly seed: number })[];
}

const FAILURES_MAX = 10;

function* requests(options: SweepOptions): Generator<SeedRequest> {
  const { world = 'fleet', boards, commits, faults, step = 1 } = options;
  for (let i = 0; i < options.seeds; i++)
    yield { seed: options.seed + i * step, world, boards, commits, faults, shrink: options.shrink ?? true };
}

export async function sweepSeeds(options: SweepOptions): Promise<SeedSweep> {
  const startMs = performance.now();
  const totals = { seeds: 0, commits: 0, deltas: 0, wireBytes: 0, events: 0, virtualMs: 0 };
  const sweep: SeedSweep = { ...totals, wallMs: 0, speedUp: 0, traceHash: '', rarePaths: {}, failures: [] };
  const hashes: [seed: number, hash: string][] = [];
  await runSeedPool(requests(options), {
    workers: Math.min(options.workers, options.seeds),
    workerUrl: options.workerUrl,
    ...(options.execArgv ? { execArgv: options.execArgv } : {}),
    onReport: (report) => {
      add(sweep, report);
      hashes.push([report.seed, report.traceHash]);
      sweep.wallMs = performance.now() - startMs;
      sweep.speedUp = sweep.virtualMs / Math.max(sweep.wallMs, 1);
      options.onProgress?.(sweep);
      return sweep.failures.length < (options.failuresMax ?? FAILURES_MAX);
    },
  });
  const trace = new Trace();
  for (const [, hash] of hashes.sort(([a], [b]) => a - b)) for (let i = 0; i < hash.length; i++) trace.number(hash.charCodeAt(i));
  sweep.traceHash = trace.hash();
  sweep.failures.sort((a, b) => a.seed - b.seed);
  return sweep;
}

function add(sweep: SeedSweep, report: SeedReport): void {
  sweep.seeds++;
  sweep.commits += report.commits;
  sweep.deltas += report.deltas;
  sweep.wireBytes += report.wireBytes;
  sweep.events += report.events;
  sweep.virtualMs += report.virtualMs;
  for (const [name, count] of Object.entries(report.rarePaths)) sweep.rarePaths[name] = (sweep.rarePaths[name] ?? 0) + count;
  if (report.failure) sweep.failures.push({ seed: report.seed, ...report.failure });
}
