import { createHash } from 'node:crypto';
import { AGENT } from '../moves/world.js';
import type { ExploredRun } from './explored-run.js';

export function digestOf(run: ExploredRun): string {
  const { world } = run;
  const hash = createHash('md5');
  const head = world.disk.image.peek(AGENT);
  hash.update(
    JSON.stringify([
      run.crashesLeft,
      run.delaysLeft,
      [...run.late],
      run.clock.pendingMs.map(Math.round),
      world.history.describe(),
      head?.record,
    ]),
  );
  if (head !== undefined) hash.update(head.state);
  for (const { program, flash } of world.boards) {
    hash.update(JSON.stringify([flash.owner?.epoch, flash.retired?.epoch]));
    if (program === undefined) continue;
    const { link, memory, runner } = program;
    const { phase, session, epoch, sequence, acknowledgedSequence, hasState, isVacant, isFrozen, isFenced, isSettled } = link;
    hash.update(
      JSON.stringify([
        phase,
        session,
        epoch,
        sequence,
        acknowledgedSequence,
        hasState,
        isVacant,
        isFrozen,
        isFenced,
        isSettled,
        runner.phase,
      ]),
    );
    hash.update(memory.bytes);
  }
  for (const { sessions } of world.hosts) {
    const view = sessions?.agent(AGENT);
    const move = sessions?.migration(AGENT);
    hash.update(
      JSON.stringify([
        sessions !== undefined,
        [view?.epoch, view?.session, view?.sequence, view?.boardSequence, view?.linkId],
        [move?.phase, move?.rounds, move?.freezes, move?.isRetired],
        sessions?.vacantBoards().map(({ boardId }) => boardId),
      ]),
    );
  }
  return hash
    .update(run.lanes.waiting.map((lane) => `${lane}:${JSON.stringify(run.lanes.in(lane).map(({ what }) => what))}`).join(), 'latin1')
    .digest('hex');
}
