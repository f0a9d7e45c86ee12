import { Violation } from '../checker/violation.js';
import type { MoveBoard } from './move-board.js';
import type { MoveWorld } from './world.js';

/** Why this agent has not come to rest; undefined: it has, and what its owner holds is durable, byte for byte. */
export function whyRestless(world: MoveWorld, agent: number): string | undefined {
  const owner = world.ownerOf(agent);
  const record = world.recordOf(agent);
  if (world.isMovingAgent(agent)) return `a move is under way: ${world.phasesOf(agent)}`;
  if (owner === undefined) return `nobody runs epoch ${record?.epoch} of ${record?.boardId}: ${world.describeBoards()}`;
  const { link, memory } = owner.program!;
  if (!link.isSettled || link.acknowledgedSequence !== record!.sequence) return `${owner.name} is not settled`;
  if (owner.ears.secret.size > 0) return `what changed behind the barrier of ${owner.name} was not found`;
  const { state } = world.disk.image.peek(world.agentIds[agent]!)!;
  if (Buffer.compare(state, memory.bytes.subarray(0, memory.sizeBytes)) !== 0)
    throw new Violation('I1', `${owner.name} holds another state than the disk`);
  return undefined;
}

export function describeBoards(boards: readonly MoveBoard[]): string {
  return boards.map(describeBoard).join(', ');
}

function describeBoard({ name, agent, program }: MoveBoard): string {
  if (program === undefined) return `${name} off`;
  const { phase, epoch, sequence, isVacant, isFrozen, isFenced } = program.link;
  const flags = `${isVacant ? ' vacant' : ''}${isFrozen ? ' frozen' : ''}${isFenced ? ' fenced' : ''}`;
  return `${name} phase ${phase} agent ${agent} epoch ${epoch} at ${sequence}${flags}`;
}

/** I5: no cell of a host's pool is lost, whatever began and did not end. */
export function checkAtRest({ hosts }: MoveWorld): void {
  for (const { pool } of hosts.filter(({ running }) => running)) {
    if (pool!.freeCount !== pool!.cellCount) throw new Violation('I5', `${pool!.freeCount} of ${pool!.cellCount} cells are free at rest`);
  }
}
