import type { Phase } from './migration/plan.js';
import type { MigrationView } from './migration/report.js';

/** Phases of one move that are kept; a move that goes back and forth for longer keeps its first ones. */
const PHASES_MAX = 64;

export interface PhaseAt {
  readonly phase: Phase;
  /** Since the move began, or since the host's start. */
  readonly atMs: number;
}

/** The phases that each agent's newest move came through, for reports: nothing is decided by them. */
export class MoveLog {
  readonly #phases = new Map<string, PhaseAt[]>();

  record({ agentId, phase, totalMs }: MigrationView): void {
    const known = this.#phases.get(agentId);
    const last = known?.at(-1)?.phase;
    if (known === undefined || last === 'done' || last === 'aborted') this.#phases.set(agentId, [{ phase, atMs: totalMs }]);
    else if (known.length < PHASES_MAX) known.push({ phase, atMs: totalMs });
  }

  phases(agentId: string): readonly PhaseAt[] {
    return this.#phases.get(agentId) ?? [];
  }

  forget(agentId: string): void {
    this.#phases.delete(agentId);
  }
}
