import type { AgentDefinition } from 'godwit/agent/definition';
import { Board, type BoardConfig } from 'godwit/firmware/board';
import { sdkPlatform } from 'godwit/firmware/sdk-platform';

/** Runs an agent on this board, from now on: what an app's main calls, once. */
export function startBoard(agent: AgentDefinition, config: BoardConfig = {}): Board {
  const board = new Board(agent, sdkPlatform(), config);
  board.start();
  return board;
}
