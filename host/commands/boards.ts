import type { Command } from 'commander';
import type { BoardRow } from '../operations-moves.js';
import { addDataOption, withOperations } from './connect.js';
import { examples } from './options.js';
import { type Column, printJson, printTable } from './output.js';
import { durationText } from './units.js';

const COLUMNS: readonly Column<BoardRow>[] = [
  { title: 'BOARD', value: (row) => row.boardId.slice(0, 8) },
  { title: 'LINK', value: (row) => row.link || 'away' },
  { title: 'AGENT', value: agentText },
  { title: 'FIRMWARE', value: (row) => `${row.agentName} ${row.fingerprint.slice(0, 8)}` },
  { title: 'STATE BYTES', value: (row) => row.stateBytes, right: true },
  { title: 'LAST HEARD', value: (row) => (row.silentMs === undefined ? '-' : `${durationText(row.silentMs)} ago`), right: true },
];

/** `godwit boards`: where agents run, and where one could. */
export function addBoardsCommand(program: Command): void {
  addDataOption(program.command('boards'))
    .description('list the boards: those that run an agent, and those that wait for one')
    .addHelpText('after', examples('godwit boards', 'godwit boards --json'))
    .action(async (options: { data?: string; json?: boolean }) => {
      const rows = await withOperations(options.data, (operations) => operations.boards());
      if (options.json) printJson(rows);
      else printTable(COLUMNS, rows);
    });
}

function agentText({ agentId, agentName, isVacant }: BoardRow): string {
  const agent = `${agentName} (${agentId.slice(0, 8)})`;
  if (agentId === '') return 'vacant';
  return isVacant ? `vacant: lost ${agent}` : agent;
}
