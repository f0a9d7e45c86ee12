import type { Command } from 'commander';
import { readRecord } from '../../src/agent/describe-agent.js';
import type { Operations } from '../operations.js';
import type { RestorePreviewView } from '../operations-moves.js';
import { addDataOption, withOperations } from './connect.js';
import { CommandFailed, WrongUsage } from './failure.js';
import { followMove, moveReport } from './move-progress.js';
import { examples, wholeNumber } from './options.js';
import { printable, printJson } from './output.js';

interface RestoreFlags {
  readonly data?: string;
  readonly json?: boolean;
  readonly to: string;
  readonly at?: number;
  readonly yes?: boolean;
}

/** `godwit restore`: an agent whose board is gone goes on, on a vacant one. */
export function addRestoreCommand(program: Command): void {
  addDataOption(program.command('restore'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .requiredOption('--to <board>', 'a vacant board: id, beginning of an id, or name of its link')
    .option('--at <sequence>', 'go back to an older retained state; it becomes a new commit', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--yes', 'with --at: outputs are out and inputs are gone, and that is meant')
    .description('bring an agent back on another board, in a new epoch; the board that had it is fenced')
    .addHelpText(
      'after',
      examples(
        'godwit restore counter --to 5f0c',
        'godwit restore counter --to plover --at 120',
        'godwit restore counter --to plover --at 120 --yes',
      ),
    )
    .action((agent: string, flags: RestoreFlags) => withOperations(flags.data, (operations) => restore(operations, agent, flags)));
}

async function restore(operations: Operations, agent: string, flags: RestoreFlags): Promise<void> {
  const { at, yes, json, to } = flags;
  const preview = at === undefined ? undefined : await operations.previewRestore(agent, at);
  if (preview !== undefined && !json) process.stdout.write(`${previewLines(preview, at!).join('\n')}\n`);
  if (preview !== undefined && !yes) {
    if (json) printJson({ preview });
    throw new WrongUsage('say --yes if that is meant');
  }
  const started = await operations.restore(agent, to, at === undefined ? {} : { atSequence: at, isConfirmed: true });
  const view = await followMove(operations, started, json ? undefined : { prefix: '', stream: process.stdout });
  if (json) printJson(preview === undefined ? { move: view } : { preview, move: view });
  else if (view.phase === 'done') process.stdout.write(`${moveReport(view).join('\n')}\n`);
  if (view.phase === 'aborted') throw new CommandFailed(`${view.agentName} was not restored: ${view.reason}`);
}

function previewLines({ agentName, sequence, headSequence, outputs, inputsFrom, inputsTo }: RestorePreviewView, asked: number): string[] {
  const nearest = sequence === asked ? '' : ` (the nearest that is retained to ${asked})`;
  const inputs = inputsTo - inputsFrom;
  return [
    `${printable(agentName)} goes back from sequence ${headSequence} to what it was at ${sequence}${nearest}`,
    `  outputs released since, which stay released: ${outputs.length === 0 ? 'none' : outputs.length}`,
    ...outputs.map((output) => `    ${output.sequence}.${output.index}  ${outputText(Buffer.from(output.base64, 'base64'))}`),
    `  inputs acknowledged since, which do not come again: ${inputs > 0 ? `${inputs} (${inputsFrom + 1} to ${inputsTo})` : 'none'}`,
  ];
}

function outputText(record: Uint8Array): string {
  const { name, data } = readRecord(record, record.length);
  return printable(`${name}: ${Buffer.from(data).toString('utf8')}`);
}
