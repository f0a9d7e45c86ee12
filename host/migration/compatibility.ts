import type { AgentRecord } from '../store/store.js';
import type { VacantBoard } from './vacant-boards.js';

/** What a board must have in common with an agent to run it. */
type Needs = Pick<AgentRecord, 'agentName' | 'sizeBytes' | 'fingerprint' | 'runtimeBlock' | 'sequence'>;

/** Why this agent cannot go on on this board, with the way out; undefined: it can. */
export function incompatibility(
  record: Needs,
  board: Pick<VacantBoard, 'boardId' | (keyof Needs & keyof VacantBoard)>,
): string | undefined {
  const where = `board ${board.boardId}`;
  if (record.sequence === 0) return `${record.agentName} has no commit yet: there is nothing to move`;
  if (board.agentName !== record.agentName) {
    return `${where} has the firmware of "${board.agentName}", the agent is "${record.agentName}"; flash it with that one's`;
  }
  if (board.sizeBytes !== record.sizeBytes) {
    return `${where} has room for a state of ${board.sizeBytes} bytes, ${record.agentName} has ${record.sizeBytes}; flash the same firmware`;
  }
  if (board.fingerprint !== record.fingerprint || board.runtimeBlock !== record.runtimeBlock) {
    return `${where} has schema ${board.fingerprint}, ${record.agentName} has ${record.fingerprint}; flash the same firmware`;
  }
  return undefined;
}
