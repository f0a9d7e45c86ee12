import { type Operations, Refusal } from '../operations.js';
import type { MoveView } from '../operations-moves.js';
import { CommandFailed } from './failure.js';
import type { MigrateFlags } from './migrate.js';
import { followMove, moveReport } from './move-progress.js';
import { printable, printJson } from './output.js';

interface Outcome {
  readonly agent: string;
  readonly move?: MoveView;
  /** Why the agent is where it was. */
  readonly failure?: string;
}

/** Moves agents batch by batch; what a batch has begun is waited for, whatever fails beside it. */
export async function migrate(operations: Operations, agents: readonly string[], flags: MigrateFlags): Promise<void> {
  const outcomes: Outcome[] = [];
  const failures = (): Outcome[] => outcomes.filter(({ failure }) => failure !== undefined);
  for (let begun = 0; begun < agents.length && failures().length < flags.stopAfter; begun += flags.batch) {
    const batch = agents.slice(begun, begun + flags.batch);
    outcomes.push(...(await Promise.all(batch.map((agent) => migrateOne(operations, agent, flags, agents.length > 1)))));
  }
  const left = agents.slice(outcomes.length);
  const failed = failures();
  if (flags.json)
    printJson({
      moves: outcomes.flatMap(({ move }) => move ?? []),
      failures: failed.map(({ agent, failure }) => ({ agent, failure })),
      left,
    });
  if (failed.length === 0) return;
  const notBegun = left.length === 0 ? '' : `; not begun: ${left.join(', ')}`;
  const why = failed.map(({ agent, failure }) => (agents.length === 1 ? failure : `${agent}: ${failure}`)).join('; ');
  throw new CommandFailed(agents.length === 1 ? why : `${failed.length} of ${agents.length} agents were not moved: ${why}${notBegun}`);
}

async function migrateOne(operations: Operations, agent: string, flags: MigrateFlags, isOneOfMany: boolean): Promise<Outcome> {
  const prefix = isOneOfMany ? `${printable(agent)}  ` : '';
  try {
    const started = await operations.migrate(agent, flags.to, flags.maxDowntime === undefined ? {} : { maxDowntimeMs: flags.maxDowntime });
    const move = await followMove(operations, started, flags.json ? undefined : { prefix, stream: process.stdout });
    if (move.phase === 'aborted') return { agent, move, failure: `it was not moved, and goes on where it was: ${move.reason}` };
    if (!flags.json) process.stdout.write(`${moveReport(move).join('\n')}\n`);
    return { agent, move };
  } catch (error) {
    if (error instanceof Refusal || error instanceof CommandFailed) return { agent, failure: error.message };
    throw error;
  }
}
