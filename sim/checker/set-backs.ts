/**
 * What becomes of an agent's history when an old image of the store is put back: epochs that it granted since are forgotten by the store, but
 * not by the boards that have them, and may be granted again. Where neither a board's memory nor the store knows of them, nobody can help
 * that numbers come twice.
 */
export class SetBacks {
  /** Times that the store was set back, or told to forget the agent. */
  count = 0;
  /** An epoch that the store forgot was granted to somebody who did not go on in it: what it numbered may be numbered again. */
  mayRepeat = false;
  readonly #forgotten = new Map<number, Set<string>>();
  /** Boards that lost their RAM since the image was taken. */
  readonly #cold = new Set<string>();
  /** The board that has run since. */
  #runner: string | undefined;

  /** The image that may be put back is taken. */
  kept(): void {
    this.#cold.clear();
  }

  started(board: string): void {
    this.#cold.add(board);
  }

  /** The store knows of `epoch` and those before it: grants of later ones are taken out of `grants`. */
  setBack(epoch: number, grants: Map<number, string>): void {
    this.count++;
    this.#runner = undefined;
    for (const [later, board] of grants) {
      if (later <= epoch) continue;
      this.#forgotten.set(later, (this.#forgotten.get(later) ?? new Set()).add(board));
      grants.delete(later);
    }
  }

  /** It lost its RAM since the image was taken that may be put back, or was. */
  isCold(board: string): boolean {
    return this.#cold.has(board);
  }

  granted(epoch: number, board: string): void {
    const boards = this.#forgotten.get(epoch);
    if (boards !== undefined && (!boards.has(board) || this.#cold.has(board))) this.mayRepeat = true;
  }

  /** The board has an epoch of which the store knows nothing any more. */
  isForgotten(board: string, epoch: number): boolean {
    return this.#forgotten.get(epoch)?.has(board) === true;
  }

  /** A board runs in an epoch that the store knows of. */
  ran(board: string): void {
    this.#runner = board;
  }

  /** Another board has run since the store was set back. */
  hasRival(board: string): boolean {
    return this.#runner !== undefined && this.#runner !== board;
  }
}
