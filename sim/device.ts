import type { SimulatedBoard } from './board.js';
import type { SimLink } from './links/port.js';

/** A board with its two links, of which it uses one at a time. */
export class SimDevice {
  readonly board: SimulatedBoard;
  readonly links: readonly SimLink[];
  moves = 0;
  powerLosses = 0;
  #active: number;

  constructor(board: SimulatedBoard, links: readonly SimLink[], active: number) {
    this.board = board;
    this.links = links;
    this.#active = active;
    board.plug(this.link.board);
  }

  get link(): SimLink {
    return this.links[this.#active]!;
  }

  powerOn(): void {
    if (this.board.program !== undefined) return;
    for (const link of this.links) link.boardPowered(true);
    this.board.powerOn();
  }

  powerLoss(): void {
    if (this.board.program !== undefined) this.powerLosses++;
    this.board.powerLoss();
    for (const link of this.links) link.boardPowered(false);
  }

  /** Stops with its RAM kept. */
  sleep(): void {
    if (!this.board.running) return;
    this.board.sleep();
    for (const link of this.links) link.boardPowered(false);
  }

  wake(): void {
    if (this.board.program === undefined) return;
    for (const link of this.links) link.boardPowered(true);
    this.board.wake();
  }

  /** Leaves the link in use and goes on over the next one. */
  move(): void {
    this.#active = (this.#active + 1) % this.links.length;
    this.moves++;
    this.board.plug(this.link.board);
  }

  cut(): void {
    for (const link of this.links) link.cut();
  }

  mend(): void {
    for (const link of this.links) link.mend();
  }
}
