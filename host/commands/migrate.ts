import type { Command } from 'commander';
import { addDataOption, withOperations } from './connect.js';
import { WrongUsage } from './failure.js';
import { durationMs, examples, wholeNumber } from './options.js';

const AGENTS_MAX = 4096;

export interface MigrateFlags {
  readonly data?: string;
  readonly json?: boolean;
  readonly to?: string;
  readonly toAny?: boolean;
  readonly maxDowntime?: number;
  readonly batch: number;
  readonly stopAfter: number;
}

/** `godwit migrate`: running agents go on, on other boards. */
export function addMigrateCommand(program: Command): void {
  addDataOption(program.command('migrate'))
    .argument('<agents...>', 'names, ids, or beginnings of ids')
    .option('--to <board>', 'a vacant board: id, beginning of an id, or name of its link; for one agent')
    .option('--to-any', 'any vacant board that can run the agent')
    .option('--max-downtime <time>', 'refuse what would make the agent stand still for longer, such as 100ms', durationMs)
    .option('--batch <n>', 'so many agents at a time', wholeNumber(1, AGENTS_MAX), 1)
    .option('--stop-after <n>', 'begin no more batches after so many failures', wholeNumber(1, AGENTS_MAX), 1)
    .description('move running agents to vacant boards: filled while they run, then frozen for the last delta')
    .addHelpText(
      'after',
      examples(
        'godwit migrate counter --to plover',
        'godwit migrate counter --to 5f0c --max-downtime 100ms',
        'godwit migrate counter thermostat presence --to-any --batch 2 --stop-after 1',
      ),
    )
    .action(async (agents: string[], flags: MigrateFlags) => {
      if ((flags.to === undefined) === (flags.toAny !== true)) throw new WrongUsage('say where to: --to <board>, or --to-any');
      if (flags.to !== undefined && agents.length > 1) throw new WrongUsage('one board runs one agent: --to-any for several');
      if (new Set(agents).size < agents.length) throw new WrongUsage('an agent is named twice');
      const { migrate } = await import('./migrate-action.js');
      await withOperations(flags.data, (operations) => migrate(operations, agents, flags));
    });
}
