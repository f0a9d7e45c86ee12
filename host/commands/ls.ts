import type { Command } from 'commander';
import type { AgentRow } from '../operations.js';
import { addDataOption, withOperations } from './connect.js';
import { examples } from './options.js';
import { type Column, printJson, printTable } from './output.js';

const COLUMNS: readonly Column<AgentRow>[] = [
  { title: 'AGENT', value: (row) => row.agentName },
  { title: 'ID', value: (row) => row.agentId.slice(0, 8) },
  { title: 'BOARD', value: (row) => row.boardId.slice(0, 8) },
  { title: 'LINK', value: (row) => row.link || 'away' },
  { title: 'EPOCH', value: (row) => row.epoch, right: true },
  { title: 'SEQUENCE', value: (row) => row.headSequence, right: true },
  { title: 'STATE BYTES', value: (row) => row.stateBytes, right: true },
];

export function addLsCommand(program: Command): void {
  addDataOption(program.command('ls'))
    .description('list the agents that the host keeps')
    .addHelpText('after', examples('godwit ls', 'godwit ls --json --data /var/lib/godwit'))
    .action(async (options: { data?: string; json?: boolean }) => {
      const rows = await withOperations(options.data, (operations) => operations.list());
      if (options.json) printJson(rows);
      else printTable(COLUMNS, rows);
    });
}
