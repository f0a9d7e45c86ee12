import { type ByteBudget, byteBudget } from './byte-budget.js';
import { type Comparison, compareSchemes, installedRivals } from './compare.js';
import { type EngineFigures, measureEngine, measureRv32Engine, type Rv32Figures } from './engine.js';
import { type HostFigures, measureHostFigures } from './host.js';
import { type LinkFigures, measureLink } from './link.js';
import { type MigrationFigures, measureMoves } from './moves.js';
import { type RamFigures, ramByFormula } from './ram.js';
import { measureSmallestDeltas, type SmallestDeltas } from './smallest.js';
import type { WorkloadMaker } from './workload.js';
import { BUDGET_WORKLOADS, UNLISTED_WORKLOADS } from './workloads/index.js';

export const BENCH_PARTS = ['bytes', 'others', 'smallest', 'ram', 'link', 'moves', 'host', 'engine'] as const;
export type BenchPart = (typeof BENCH_PARTS)[number];

export interface BenchOptions {
  readonly seed: number;
  readonly commits: number;
  readonly parts: readonly BenchPart[];
  /** Told before each step. */
  readonly progress: (step: string) => void;
}

/** The byte comparison over a list of workloads. */
export interface ByteFigures {
  readonly workloads: readonly Comparison[];
  readonly budget: ByteBudget;
}

/** What was asked for. `bytes` are the workloads of the budget, `others` are not in it: a codec tuned to the first shows there. */
export interface BenchFigures {
  readonly seed: number;
  readonly commits: number;
  bytes?: ByteFigures;
  others?: ByteFigures;
  smallest?: SmallestDeltas;
  ram?: readonly RamFigures[];
  link?: LinkFigures;
  moves?: readonly MigrationFigures[];
  host?: HostFigures;
  engine?: EngineFigures;
  rv32?: Rv32Figures;
}

/** Measures everything side by side, in this run. */
export async function runBench(options: BenchOptions): Promise<BenchFigures> {
  const { seed, commits, progress } = options;
  const asked = (part: BenchPart): boolean => options.parts.includes(part);
  const figures: BenchFigures = { seed, commits };
  if (asked('bytes')) figures.bytes = compareAll(BUDGET_WORKLOADS, options);
  if (asked('others')) figures.others = compareAll(UNLISTED_WORKLOADS, options);
  if (asked('smallest')) figures.smallest = measureSmallestDeltas(seed);
  if (asked('ram')) figures.ram = ramByFormula();
  if (asked('link')) {
    progress('link');
    figures.link = measureLink();
  }
  if (asked('moves')) {
    progress('moves');
    figures.moves = measureMoves();
  }
  if (asked('host')) {
    progress('host');
    figures.host = await measureHostFigures();
  }
  if (asked('engine')) {
    figures.engine = await measureEngine(seed, commits, (step) => progress(`XS: ${step}`));
    progress('emulated board');
    figures.rv32 = await measureRv32Engine();
  }
  return figures;
}

function compareAll(makers: readonly WorkloadMaker[], { seed, commits, progress }: BenchOptions): ByteFigures {
  const rivals = installedRivals();
  const workloads = makers.map((make) => {
    const workload = make(seed, commits);
    progress(workload.name);
    return compareSchemes(workload, rivals);
  });
  return { workloads, budget: byteBudget(workloads) };
}
