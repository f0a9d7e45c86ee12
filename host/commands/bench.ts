import { type Command, InvalidArgumentError } from 'commander';
import type { BenchPart } from '../../bench/run.js';
import { CommandFailed } from './failure.js';
import { examples, wholeNumber } from './options.js';
import { printJson } from './output.js';

interface BenchFlags {
  readonly trace?: string;
  readonly seed: number;
  readonly commits: number;
  readonly parts: readonly BenchPart[];
  readonly json?: boolean;
}

const PARTS: readonly BenchPart[] = ['bytes', 'others', 'smallest', 'ram', 'link', 'moves', 'host', 'engine'];
const DEFAULT_COMMITS = 40;
const COMMITS_MAX = 1_000_000;
const SEED_MAX = 0xffffffff;

function parts(text: string): readonly BenchPart[] {
  const asked = text.split(',');
  const unknown = asked.find((part) => !PARTS.includes(part as BenchPart));
  if (unknown !== undefined) throw new InvalidArgumentError(`No part is called '${unknown}'. Parts: ${PARTS.join(', ')}.`);
  return asked as BenchPart[];
}

/** `godwit bench`: bytes, RAM, computrons and link costs, measured side by side in one run. */
export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description(
      'measure bytes on the wire against zstd, xdelta3, lz4 and the origin, and RAM, link, downtime of moves, host and engine costs',
    )
    .option('--trace <file>', 'a recorded trace instead: bytes only')
    .option('--seed <n>', 'seed of the workloads', wholeNumber(0, SEED_MAX), 1)
    .option('--commits <n>', 'commits of each workload', wholeNumber(1, COMMITS_MAX), DEFAULT_COMMITS)
    .option('--parts <list>', `of ${PARTS.join(',')}`, parts, PARTS)
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `\nA trace is JSON lines: first {"size": bytes, "initial": base64}, then per commit an array of [offset, base64].\n${examples(
        'godwit bench',
        'godwit bench --parts bytes,smallest --json',
        'godwit bench --trace agent.jsonl --json',
      )}`,
    )
    .action(runBenchCommand);
}

async function runBenchCommand(flags: BenchFlags): Promise<void> {
  if (flags.trace !== undefined) return benchTrace(flags.trace, flags.json === true);
  const { runBench } = await import('../../bench/run.js');
  const progress = (step: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`measuring ${step}\n`);
  };
  const figures = await runBench({ seed: flags.seed, commits: flags.commits, parts: flags.parts, progress });
  if (flags.json) printJson(figures);
  else (await import('./bench-tables.js')).printFigures(figures);
}

async function benchTrace(path: string, json: boolean): Promise<void> {
  const { compareSchemes } = await import('../../bench/compare.js');
  const { readTrace, TraceError } = await import('../../bench/trace.js');
  try {
    const comparison = compareSchemes(readTrace(path));
    if (json) printJson(comparison);
    else (await import('./bench-tables.js')).printComparisons([comparison]);
  } catch (error) {
    if (error instanceof TraceError) throw new CommandFailed(error.message);
    if (error instanceof Error && 'code' in error) throw new CommandFailed(`cannot read the trace ${path}: ${error.message}`);
    throw error;
  }
}
