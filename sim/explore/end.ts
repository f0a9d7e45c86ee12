import { decodePlan } from '../../host/migration/plan.js';
import type { MoveBoard } from '../moves/move-board.js';
import type { ExploredRun } from './explored-run.js';

/** How a run has ended: what is durable of the move, and what each board is; not how far the agent has counted meanwhile. */
export function endOf({ world }: ExploredRun): string {
  const record = world.recordOf(0);
  const owner = world.boards.find(({ boardId }) => boardId === record?.boardId)?.name;
  const plan = decodePlan(record?.plan);
  const move = plan === undefined ? 'no move' : `${plan.kind} ${plan.phase}`;
  return [`${owner} owns epoch ${record?.epoch}`, move, ...world.boards.map(describe)].join(', ');
}

function describe({ name, program, flash }: MoveBoard): string {
  if (program === undefined) return `${name} off`;
  const { isVacant, isFrozen, isFenced, epoch } = program.link;
  const is = isFenced ? 'is fenced' : isFrozen ? 'stands still' : isVacant ? 'is vacant' : 'runs';
  return `${name} ${is} in epoch ${epoch} (flash: ${flash.owner?.epoch ?? '-'}, retired ${flash.retired?.epoch ?? '-'})`;
}
