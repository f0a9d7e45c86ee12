import type { Command } from 'commander';
import { MESSAGE_BYTES_MAX } from '../../src/wire/constants.js';
import { addDataOption, withOperations } from './connect.js';
import { WrongUsage } from './failure.js';
import { durationMs, examples, wholeNumber } from './options.js';

const DEFAULT_FOR_MS = 10_000;
const FOR_MS_MAX = 3_600_000;

export interface ForkFlags {
  readonly data?: string;
  readonly json?: boolean;
  readonly at: number;
  readonly for: number;
  readonly agent?: string;
  readonly send?: readonly string[];
}

const more = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

/** `godwit fork`: what would become of a retained state. */
export function addForkCommand(program: Command): void {
  addDataOption(program.command('fork'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .requiredOption('--at <sequence>', 'the retained state to open', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--for <time>', 'how long it runs, in the time of the simulator', durationMs, DEFAULT_FOR_MS)
    .option('--agent <file>', 'JavaScript module that exports its definition (default: the example of its name)')
    .option('--send <message>', 'text to send to it once it runs; may be repeated', more)
    .description('run a retained state in the simulator, apart from the fleet, and show how it goes on')
    .addHelpText(
      'after',
      examples('godwit fork counter --at 120', 'godwit fork shed --at 7 --for 1h --agent ./dist/shed.js --send "set 21.5" --json'),
    )
    .action(async (agent: string, flags: ForkFlags) => {
      if (flags.for > FOR_MS_MAX) throw new WrongUsage('a fork runs for an hour at most');
      if (flags.send?.some((text) => Buffer.byteLength(text) > MESSAGE_BYTES_MAX))
        throw new WrongUsage(`a message has ${MESSAGE_BYTES_MAX} bytes at most`);
      const retained = await withOperations(flags.data, (operations) => operations.stateAt(agent, flags.at));
      await (await import('./fork-action.js')).fork(retained, flags);
    });
}
