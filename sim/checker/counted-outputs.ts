import { Violation } from './violation.js';

/** The outputs of an agent that counts, each of which is a number: every number once, no id with two contents. */
export class CountedOutputs {
  /** Committed ones by id; immediate ones as they left a board. */
  readonly #outputs = new Map<string, number>();
  readonly #shouts = new Map<string, number>();
  /** By number, the id under which it was released on the line of the head. */
  readonly #released = new Map<number, string>();
  /** Numbers that were released before the store was set back. */
  readonly #releasedBefore = new Set<number>();
  /** When the image was taken that may be put back. */
  #releasedThen: ReadonlyMap<number, string> = new Map();

  get releasedCount(): number {
    return this.#released.size;
  }

  /** `mayRepeat`: the store forgot which ids were used. */
  shout(id: string, count: number, mayRepeat: boolean): void {
    const before = this.#shouts.get(id);
    if ((before ?? count) !== count && !mayRepeat)
      throw new Violation('I1', `immediate output ${id} left a board as ${before}, and now as ${count}`);
    this.#shouts.set(id, count);
  }

  released(id: string, count: number, mayRepeat: boolean): void {
    const before = mayRepeat ? undefined : this.#outputs.get(id);
    if ((before ?? count) !== count) throw new Violation('I1', `output ${id} was released with two contents`);
    const other = this.#released.get(count) ?? id;
    if (before === undefined && other !== id && !mayRepeat)
      throw new Violation('I4', `${count} was counted twice: outputs ${other} and ${id}`);
    this.#outputs.set(id, count);
    this.#released.set(count, id);
  }

  /** A retained content comes back on purpose: the numbers above `headCount` come again, under new ids. */
  rewound(headCount: number): void {
    for (const count of this.#released.keys()) if (count > headCount) this.#released.delete(count);
    // What came back may be of a line that was undone before: its numbers were released then.
    for (const [id, count] of this.#outputs) if (count <= headCount && !this.#released.has(count)) this.#released.set(count, id);
  }

  /** The image is taken that may be put back. */
  kept(): void {
    this.#releasedThen = new Map(this.#released);
  }

  /** The head is `headCount` again. `isImage`: as it was when the image was taken. */
  setBack(headCount: number, isImage: boolean): void {
    const released = new Map([...this.#released, ...(isImage ? this.#releasedThen : [])]);
    // A board may bring back a line that was undone by a rewind which the store has forgotten.
    for (const count of this.#outputs.values()) this.#releasedBefore.add(count);
    this.#released.clear();
    for (const [count, id] of released) if (count <= headCount) this.#released.set(count, id);
  }

  checkNoGap(headCount: number): void {
    for (let count = 1; count <= headCount; count++) {
      if (!this.#released.has(count) && !this.#releasedBefore.has(count))
        throw new Violation('I2', `${count} of ${headCount} was never released`);
    }
  }
}
