// The XS tier by hand:
//   node --import ./tools/ts.js sim/xs/main.ts run PROGRAM.ts [--profile NAME] [ARGUMENT]...    src/ preloaded; prints the counters
//   node --import ./tools/ts.js sim/xs/main.ts suite TEST.ts...                                      a test file of test/core on XS
//   node --import ./tools/ts.js sim/xs/main.ts measure                                               the benchmark's figures as JSON
import { parseArgs } from 'node:util';
import { modulesUnder } from './bundle.js';
import { measureXs } from './measure.js';
import { PROFILES } from './profiles.js';
import { runOnXs } from './run.js';
import { runSuiteOnXs } from './suites.js';

const USAGE = 'usage: main.ts run PROGRAM.ts [--profile NAME] [ARGUMENT]... | main.ts suite TEST.ts... | main.ts measure';

async function runProgram(entry: string, profile: keyof typeof PROFILES, args: readonly string[]): Promise<number> {
  const result = await runOnXs({ entry, preload: await modulesUnder('src'), profile, args });
  process.stdout.write(result.stdout);
  process.stderr.write(`${result.stderr}${JSON.stringify(result.counters)}\n`);
  return result.exitCode;
}

async function runSuites(files: readonly string[]): Promise<number> {
  let failedCount = 0;
  for (const file of files) {
    const results = await runSuiteOnXs(file);
    for (const { name, error, computrons } of results) {
      process.stdout.write(
        `${error === undefined ? '✓' : '✗'} ${name} (${computrons} computrons)${error === undefined ? '' : `\n  ${error}`}\n`,
      );
      if (error !== undefined) failedCount++;
    }
    process.stdout.write(`${file}: ${results.length} tests, ${failedCount} failed so far\n`);
  }
  return failedCount === 0 ? 0 : 1;
}

const { values, positionals } = parseArgs({ options: { profile: { type: 'string', default: 'board' } }, allowPositionals: true });
const [command, first, ...rest] = positionals;
if (first !== undefined && command === 'run' && values.profile in PROFILES) {
  process.exitCode = await runProgram(first, values.profile as keyof typeof PROFILES, rest);
} else if (first !== undefined && command === 'suite') {
  process.exitCode = await runSuites([first, ...rest]);
} else if (first === undefined && command === 'measure') {
  const measurement = await measureXs({ progress: (step) => process.stderr.write(`measuring ${step}\n`) });
  process.stdout.write(`${JSON.stringify(measurement, null, 2)}\n`);
} else {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}
