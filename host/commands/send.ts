import type { Command } from 'commander';
import { MESSAGE_BYTES_MAX } from '../../src/wire/constants.js';
import { addDataOption, withOperations } from './connect.js';
import { WrongUsage } from './failure.js';
import { examples } from './options.js';
import { printJson } from './output.js';

export function addSendCommand(program: Command): void {
  addDataOption(program.command('send'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .argument('<message>', `text of ${MESSAGE_BYTES_MAX} bytes at most, as UTF-8; with --hex, pairs of hex digits`)
    .option('--hex', 'the message is given in hex')
    .description('put a message into an agent’s queue; it is kept until a commit contains its effect')
    .addHelpText('after', examples('godwit send kestrel "set 21.5"', 'godwit send 5f0c 01ff --hex'))
    .action(async (agent: string, message: string, options: { data?: string; json?: boolean; hex?: boolean }) => {
      const bytes = options.hex ? fromHex(message) : Buffer.from(message, 'utf8');
      if (bytes.length > MESSAGE_BYTES_MAX)
        throw new WrongUsage(`the message has ${bytes.length} bytes; ${MESSAGE_BYTES_MAX} are the most`);
      const sent = await withOperations(options.data, (operations) => operations.send(agent, bytes));
      if (options.json) printJson(sent);
      else process.stdout.write(`message ${sent.number} is queued, durably, for agent ${sent.agentId}\n`);
    });
}

function fromHex(text: string): Buffer {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new WrongUsage('the message is not in hex: give pairs of hex digits');
  return Buffer.from(text, 'hex');
}
