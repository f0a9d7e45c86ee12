import { epochOfLine, lineStart } from '../../src/link/epoch-line.js';
import type { FleetBoard } from '../demo/fleet-board.js';
import type { Host } from '../host.js';
import type { AgentView } from '../sessions/types.js';
import type { Column } from './output.js';

/** The boards of a demonstration, seen from both ends. */
export function boardColumns(host: Host): readonly Column<FleetBoard>[] {
  return [
    { title: 'BOARD', value: (board) => board.name },
    { title: 'AGENT', value: (board) => (board.agentId === '' ? '-' : board.agentName) },
    { title: 'LINK', value: (board) => board.link },
    { title: 'SEQUENCE', value: (board) => board.sequence, right: true },
    {
      title: 'BYTES/COMMIT',
      value: (board) => (board.commits === 0 ? '-' : Math.round(board.sentBytes / board.commits)),
      right: true,
    },
    { title: 'DIRTY PAGES', value: (board) => (board.isPowered ? board.dirtyPages : '-'), right: true },
    { title: 'LAG', value: (board) => (board.settled ? 0 : lag(board.sequence, headOf(host, board))), right: true },
    { title: 'VERIFIED', value: (board) => verdict(host, board) },
  ];
}

/** Commits that the host does not hold yet; those of a line that began after a loss of RAM count from its beginning. */
function lag(sequence: number, head: number): number {
  const begin = lineStart(epochOfLine(sequence + 1));
  return Math.max(0, sequence - Math.max(head, begin));
}

function headOf(host: Host, board: FleetBoard): number {
  return host.sessions.agent(board.agentId)?.sequence ?? 0;
}

/** Bytes are compared when both sides stand at the same sequence; else the newest one whose digest the host has found right is told. */
function verdict(host: Host, board: FleetBoard): string {
  if (!board.isPowered) return 'no power';
  if (board.agentId === '') return `vacant, for ${board.agentName}`;
  const head = host.sessions.state(board.agentId);
  if (head === undefined || headOf(host, board) === 0) return 'waiting';
  if (!board.settled || headOf(host, board) !== board.acknowledgedSequence) return `to ${headOf(host, board)}`;
  return Buffer.from(board.state).equals(head) ? 'equal' : 'DIFFERENT';
}

/** Real boards: what the host knows of them. */
export const agentColumns: readonly Column<AgentView>[] = [
  { title: 'BOARD', value: (agent) => agent.boardId.slice(0, 8) },
  { title: 'AGENT', value: (agent) => agent.agentName },
  { title: 'LINK', value: (agent) => agent.linkName || 'away' },
  { title: 'SEQUENCE', value: (agent) => agent.sequence, right: true },
  { title: 'DELTAS', value: (agent) => agent.deltas, right: true },
  { title: 'BYTES/DELTA', value: (agent) => (agent.deltas === 0 ? '-' : Math.round(agent.frameBytesUp / agent.deltas)), right: true },
  { title: 'LAG', value: (agent) => lag(agent.boardSequence, agent.sequence), right: true },
];
