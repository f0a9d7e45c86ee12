import type { MoveDone } from '../../host/migration/move-error.js';
import type { Phase } from '../../host/migration/plan.js';
import type { HostSessions } from '../../host/sessions/host-sessions.js';

export type OrderKind = 'migrate' | 'restore' | 'rewind' | 'rollback' | 'abort';

export interface Order {
  readonly kind: OrderKind;
  readonly agentId: string;
  readonly boardId: string;
  /** Of the kind 'rewind'. */
  readonly atSequence: number;
}

/** An operator's order, as the command line gives it. */
export function give(sessions: HostSessions, { kind, agentId, boardId, atSequence }: Order, done: MoveDone): void {
  if (kind === 'migrate') sessions.migrate(agentId, boardId, {}, done);
  else if (kind === 'restore') sessions.restore(agentId, boardId, {}, done);
  else if (kind === 'rewind') sessions.restore(agentId, boardId, { atSequence }, done);
  else if (kind === 'rollback') sessions.rollback(agentId, done);
  else done(sessions.abort(agentId));
}

export function isUnderWay(phase: Phase | undefined): boolean {
  return phase !== undefined && phase !== 'done' && phase !== 'aborted';
}

/** Another agent is on its way to this board. */
export function isWantedBy(sessions: HostSessions, agentId: string, boardId: string): boolean {
  return sessions.migrations().some((move) => move.agentId !== agentId && move.target === boardId && isUnderWay(move.phase));
}
