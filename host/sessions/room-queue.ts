import type { AgentBook } from './agent-book.js';
import type { Session } from './session.js';
import type { HostListener } from './types.js';

/** Sessions whose deltas found no room in the page pool, the longest waiting first. */
export class RoomQueue {
  readonly #book: AgentBook;
  readonly #listener: HostListener;
  readonly #waiting: Session[] = [];

  constructor(book: AgentBook, listener: HostListener) {
    this.#book = book;
    this.#listener = listener;
  }

  add(session: Session): void {
    if (!this.#waiting.includes(session)) this.#waiting.push(session);
    // Pages of torn deltas whose boards are away make room first.
    for (const entry of this.#book.entries) if (entry.session === undefined && !entry.isBusy) entry.target?.drop();
    this.wake();
  }

  /** Pages may have come back: gives credit to those for whom there is room. */
  wake(): void {
    while (this.#waiting.length > 0) {
      const session = this.#waiting[0]!;
      if (!session.isEnded && !this.#book.hasRoom(session.entry)) return;
      this.#waiting.shift();
      if (session.isEnded) continue;
      session.hostLink.grantCredit();
      this.#listener.onWake(session.link.linkId);
    }
  }
}
