import type { Migration } from './migration.js';

/** The newest move of each agent; those that are not over, or not written as they ended, are few and looked at with every frame. */
export class MoveTable {
  readonly #newest = new Map<string, Migration>();
  readonly #open = new Set<Migration>();

  find(agentId: string): Migration | undefined {
    return this.#newest.get(agentId);
  }

  get all(): IterableIterator<Migration> {
    return this.#newest.values();
  }

  get open(): Iterable<Migration> {
    return this.#open;
  }

  /** Takes the place of an earlier move of this agent. */
  put(m: Migration): void {
    this.drop(m.agentId);
    this.#newest.set(m.agentId, m);
    this.#open.add(m);
  }

  drop(agentId: string): void {
    const m = this.#newest.get(agentId);
    this.#newest.delete(agentId);
    if (m !== undefined) this.#open.delete(m);
  }

  /** Nothing is left to be done for it. */
  close(m: Migration): void {
    this.#open.delete(m);
  }

  /** The move that waits for this board to be vacant. */
  moveTo(boardId: string): Migration | undefined {
    for (const m of this.#open) if (!m.isOver && m.plan.target === boardId && m.phase !== 'retiring' && m.phase !== 'aborting') return m;
    return undefined;
  }
}
