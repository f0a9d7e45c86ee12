import type { Command } from 'commander';
import { addDataOption, withOperations } from './connect.js';
import { WrongUsage } from './failure.js';
import { examples } from './options.js';
import { printJson } from './output.js';

export function addForgetCommand(program: Command): void {
  addDataOption(program.command('forget'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .option('--yes', 'really forget it: nothing brings its state back')
    .description('forget an agent with all its retained states; its next board begins anew')
    .addHelpText('after', examples('godwit forget kestrel --yes'))
    .action(async (agent: string, options: { data?: string; json?: boolean; yes?: boolean }) => {
      if (!options.yes) throw new WrongUsage(`this removes every retained state of "${agent}": say --yes if that is meant`);
      const forgotten = await withOperations(options.data, (operations) => operations.forget(agent));
      if (options.json) printJson(forgotten);
      else process.stdout.write(`agent ${forgotten.agentId} is forgotten\n`);
    });
}
