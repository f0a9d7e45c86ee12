/** One point at which a run could have gone on in several ways. */
export interface Choice {
  readonly ways: number;
  readonly taken: number;
  readonly label: string;
}

const first = () => 0;

/**
 * Decides a run: first as the list says, then, if nothing else is asked for, always the first way. What it was asked is kept, so that other
 * lists can be made of it.
 */
export class Choices {
  readonly made: Choice[] = [];
  readonly #list: readonly number[];
  readonly #beyond: (ways: number) => number;

  constructor(list: readonly number[], beyond: (ways: number) => number = first) {
    this.#list = list;
    this.#beyond = beyond;
  }

  /** The list has been used up: from here on the run is a new one. */
  get isNew(): boolean {
    return this.made.length >= this.#list.length;
  }

  /** Index of one of the ways; with only one there is nothing to choose. */
  choose(ways: readonly string[]): number {
    if (ways.length === 1) return 0;
    const taken = this.#list[this.made.length] ?? this.#beyond(ways.length);
    if (taken >= ways.length) throw new RangeError(`choice ${this.made.length}: ${taken} of ${ways.length}`);
    this.made.push({ ways: ways.length, taken, label: ways[taken]! });
    return taken;
  }
}
