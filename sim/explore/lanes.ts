interface Pending {
  readonly what: string;
  readonly action: () => void;
}

/** What is on its way: frames and writes. Each lane keeps its order; which lane comes next is a choice. */
export class Lanes {
  readonly #lanes = new Map<string, Pending[]>();

  /** `what`: its content, for the digest of the run. */
  post(lane: string, action: () => void, what = ''): void {
    const pending = this.#lanes.get(lane);
    if (pending === undefined) this.#lanes.set(lane, [{ what, action }]);
    else pending.push({ what, action });
  }

  /** Lanes with something in them. */
  get waiting(): string[] {
    return [...this.#lanes]
      .filter(([, pending]) => pending.length > 0)
      .map(([lane]) => lane)
      .sort();
  }

  take(lane: string): () => void {
    return this.#lanes.get(lane)!.shift()!.action;
  }

  describe(): string {
    return this.waiting.map((lane) => `${lane}:${this.#lanes.get(lane)!.map(({ what }) => what)}`).join(';');
  }
}
