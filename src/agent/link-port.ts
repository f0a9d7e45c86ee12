import type { BoardLink } from '../link/board-link.js';
import type { TurnPort } from './turn.js';

/** The link as turns see it. */
export class LinkPort implements TurnPort {
  readonly #link: BoardLink;

  constructor(link: BoardLink) {
    this.#link = link;
  }

  nextSequence(): number {
    return this.#link.sequence + 1;
  }

  acknowledgedSequence(): number {
    return this.#link.acknowledgedSequence;
  }

  sendOutput(bytes: Uint8Array, at: number, count: number): boolean {
    return this.#link.sendOutput(bytes, at, count);
  }
}
