import type { Command } from 'commander';
import type { AgentView } from '../operations.js';
import { addDataOption, withOperations } from './connect.js';
import { examples } from './options.js';
import { printable, printJson } from './output.js';

export function addShowCommand(program: Command): void {
  addDataOption(program.command('show'))
    .argument('<agent>', 'name, id, or the beginning of an id')
    .description("show an agent's newest durable state, by field names")
    .addHelpText('after', examples('godwit show thermostat', 'godwit show 5f0c --json'))
    .action(async (agent: string, options: { data?: string; json?: boolean }) => {
      const view = await withOperations(options.data, (operations) => operations.show(agent));
      if (options.json) printJson(view);
      else process.stdout.write(`${text(view).join('\n')}\n`);
    });
}

function text(view: AgentView): string[] {
  const lines = [
    `agent     ${printable(view.agentName)} (${view.agentId})`,
    `board     ${boardText(view)}`,
    `head      sequence ${view.headSequence}, epoch ${view.epoch}, digest ${view.digest}`,
    `state     ${view.stateBytes} bytes, sha256 ${view.sha256}`,
  ];
  if (view.fields === undefined) return [...lines, 'fields    unknown: the board has not sent its schema', `begins    ${view.preview}`];
  return [...lines, 'fields', ...fieldLines(view.fields, '  ')];
}

function boardText({ agentName, boardId, link, isBoardVacant }: AgentView): string {
  const command = `"godwit restore ${printable(agentName)} --to ${boardId.slice(0, 8)}"`;
  if (isBoardVacant) return `${boardId}, which says that it is vacant: ${command} brings the agent back to it`;
  return `${boardId}${link === '' ? ', away' : ` over ${link}`}`;
}

/** One line for each value; what is nested stands deeper. */
function fieldLines(value: unknown, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${printable(JSON.stringify(value))}`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const flat = typeof inner !== 'object' || inner === null || isFlatList(inner);
    return flat
      ? [`${indent}${printable(`${name} = ${JSON.stringify(inner)}`)}`]
      : [`${indent}${printable(name)}`, ...fieldLines(inner, `${indent}  `)];
  });
}

function isFlatList(value: object): boolean {
  return Array.isArray(value) && value.every((element) => typeof element !== 'object');
}
