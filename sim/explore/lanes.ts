import type { DiskStep } from '../moves/shared-disk.js';

export interface Pending {
  /** A frame's bytes as text, or what a store was asked for. */
  readonly what: DiskStep;
  readonly action: () => void;
}

/** What is on its way: frames and writes. Each lane keeps its order; which lane comes next is a choice. */
export class Lanes {
  readonly #lanes = new Map<string, Pending[]>();

  /** `what`: its content, for the digest of the run. */
  post(lane: string, action: () => void, what: DiskStep = ''): void {
    const pending = this.#lanes.get(lane);
    if (pending === undefined) this.#lanes.set(lane, [{ what, action }]);
    else pending.push({ what, action });
  }

  /** Lanes with something in them. */
  get waiting(): string[] {
    const waiting: string[] = [];
    for (const [lane, pending] of this.#lanes) if (pending.length > 0) waiting.push(lane);
    return waiting.sort();
  }

  get isEmpty(): boolean {
    for (const pending of this.#lanes.values()) if (pending.length > 0) return false;
    return true;
  }

  in(lane: string): readonly Pending[] {
    return this.#lanes.get(lane) ?? [];
  }

  take(lane: string): Pending {
    return this.#lanes.get(lane)!.shift()!;
  }

  takeNewest(lane: string): Pending {
    return this.#lanes.get(lane)!.pop()!;
  }

  /** What is in it is lost. */
  drop(lane: string): void {
    this.#lanes.delete(lane);
  }
}
