import { Violation } from './violation.js';

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

  /** What was acknowledged and is not in the store that was put back, and by which board; 0: nothing, or it is back. */
  #lostCount = 0;
  #lostBy = '';
  /** An operator could hear of it. */
  #isTold = false;
  #hasTwin = false;

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

  granted(epoch: number, board: string): void {
    const boards = this.#forgotten.get(epoch);
    if (boards !== undefined && (!boards.has(board) || this.#cold.has(board))) this.mayRepeat = true;
  }

  /** The board has an epoch of which the store knows nothing any more. */
  isForgotten(board: string, epoch: number): boolean {
    return this.#forgotten.get(epoch)?.has(board) === true;
  }

  /** The store has heard of such an epoch again: true once. */
  isBack(board: string, epoch: number): boolean {
    return this.#forgotten.get(epoch)?.delete(board) === true;
  }

  /** A board runs in an epoch that the store knows of. */
  ran(board: string): void {
    this.#runner = board;
  }

  /** Another board has run since the store was set back; of a board and its twin a lease says nothing. */
  hasRival(board: string): boolean {
    return !this.#hasTwin && this.#runner !== undefined && this.#runner !== board;
  }

  lost(count: number, board: string): void {
    this.#lostCount = Math.max(this.#lostCount, count);
    this.#lostBy = board;
    this.#isTold = false;
  }

  /** The durable line has come to `count`. */
  found(count: number): void {
    if (count >= this.#lostCount) this.#lostCount = 0;
  }

  /** An operator is told that boards and store do not agree. */
  told(): void {
    this.#isTold = true;
  }

  /** Two boards have one identity: the one that knows may not be heard. */
  twinned(): void {
    this.#hasTwin = true;
  }

  /** I2: what an old store lacks is not lost silently, if the board that had it still knows. */
  checkTold(): void {
    if (this.#lostCount === 0 || this.#isTold || this.#hasTwin || this.#cold.has(this.#lostBy)) return;
    throw new Violation('I2', `${this.#lostCount} was acknowledged before an old store was put back, and nobody was told that it is lost`);
  }
}
