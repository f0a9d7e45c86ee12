import type { Command } from 'commander';
import type { Operations } from '../operations.js';
import { addDataOption, withOperations } from './connect.js';
import { CommandFailed } from './failure.js';
import { followMove, moveReport } from './move-progress.js';
import { examples } from './options.js';
import { printJson } from './output.js';

interface RollbackFlags {
  readonly data?: string;
  readonly json?: boolean;
}

/** `godwit rollback`: a move that is under way is given up; one that is done is undone by another one. */
export function addRollbackCommand(program: Command): void {
  addDataOption(program.command('rollback'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .description('give up a move that is under way, or bring the agent back to the board it came from, while that is vacant')
    .addHelpText('after', examples('godwit rollback counter', 'godwit rollback 5f0c --json'))
    .action((agent: string, flags: RollbackFlags) => withOperations(flags.data, (operations) => rollback(operations, agent, flags)));
}

async function rollback(operations: Operations, agent: string, { json }: RollbackFlags): Promise<void> {
  const started = await operations.rollback(agent);
  const move = await followMove(operations, started, json ? undefined : { prefix: '', stream: process.stdout });
  if (json) printJson({ isAbort: started.isAbort, move });
  else process.stdout.write(`${moveReport(move).join('\n')}\n`);
  // A move that could not be given up in time has moved the agent, and one back that was given up has not.
  if ((move.phase === 'aborted') !== started.isAbort)
    throw new CommandFailed(`${move.agentName} is on board ${move.phase === 'done' ? move.target : move.source}`);
}
