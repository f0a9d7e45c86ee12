import { basename } from 'node:path';
import type { Command } from 'commander';
import { CommandFailed, WrongUsage } from './failure.js';
import { examples } from './options.js';
import { printJson } from './output.js';

/** `godwit new`: a folder with an agent of one's own, that passes its checks as it stands. */
export function addNewCommand(program: Command): void {
  program
    .command('new')
    .argument('<name>', 'name of the agent, or a path that ends with it')
    .option('--json', 'one JSON object on standard output')
    .description('make a folder with an agent, tests in the simulator, and firmware for ESP32 boards')
    .addHelpText('after', examples('godwit new blinky', 'godwit new ../blinky --json'))
    .action(runNew);
}

async function runNew(path: string, flags: { json?: boolean }): Promise<void> {
  const { refuseName } = await import('../new/project-name.js');
  const { FolderRefused, newProject } = await import('../new/new-project.js');
  const refusal = refuseName(basename(path));
  if (refusal !== undefined) throw new WrongUsage(refusal);
  try {
    const project = newProject(path);
    if (flags.json) printJson(project);
    else process.stdout.write(`${nextSteps(path, project.files)}\n`);
  } catch (error) {
    if (error instanceof FolderRefused) throw new CommandFailed(error.message);
    throw error;
  }
}

function nextSteps(folder: string, files: readonly string[]): string {
  const steps = [
    `cd ${folder}`,
    'npm install',
    'npm test               # the agent on simulated boards, under faults',
    'npx godwit check firmware',
  ];
  return [
    folder,
    ...files.map((file) => `  ${file}`),
    '',
    ...steps.map((step) => `  $ ${step}`),
    '',
    'README.md there goes on to a board.',
  ].join('\n');
}
