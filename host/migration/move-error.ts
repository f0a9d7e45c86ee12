/**
 * Why a move was refused, before anything moved:
 * unknown (no such agent, or no such sequence), absent (the board is not there), occupied (it is not vacant, or another agent is on its way
 * to it), incompatible, busy (the agent, or an order for it, is being read or written: it passes in a moment), moving (a move of this agent
 * is under way), alive (its board runs it), late (the agent was granted already), nothing (there is nothing to undo), failed (the store).
 */
export type MoveReason = 'unknown' | 'absent' | 'occupied' | 'incompatible' | 'busy' | 'moving' | 'alive' | 'late' | 'nothing' | 'failed';

export class MoveError extends Error {
  readonly reason: MoveReason;

  constructor(reason: MoveReason, message: string) {
    super(message);
    this.name = 'MoveError';
    this.reason = reason;
  }
}

export type MoveDone = (error: MoveError | undefined) => void;
