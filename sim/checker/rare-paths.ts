/** Paths that only faults reach. `npm test` fails unless its seeds reach each of them often enough. */
export const RARE_PATHS = [
  'copy pool empty', // a write found no copy buffer: the delta in flight was aborted
  'mask pool empty', // more dirty pages than masks
  'turn delayed', // after three aborts in a row
  'acknowledgement lost', // the host said again what it had said before
  'part acknowledged', // selective acknowledgement with a gap
  'delta mismatch', // whole, but not what its check says
  'no room', // the pool of staged pages was empty
  'credit 0',
  'undecided delta kept', // the answer to a hello named the undecided delta as the head
  'undecided delta brought back', // it named the base
  'resync by hashes',
  'page hashes compared',
  'pages differ', // a comparison that found some
  'torn delta resumed', // the host still held its staged pages
  'refill',
  'refill resumed', // a refill torn by a lost link goes on
  'power lost',
  'history restarted',
  'clone refused',
  'board fenced',
  'divergence kept',
  'input accepted',
  'input set aside', // three turns on it threw
  'board ran alone',
  'output left at once', // as part of a commit that nobody holds yet
  'output released',
  'output released again', // by a host that was restarted
  'turn thrown',
  'scrub healed',
  'link moved',
  'FIFO overrun',
  'late frame of an old session',
  'frame of another session', // of a clone on the same topics, or where there is no session
  'damaged frame',
  'resealed frame',
  'host crash',
  'host crash between write and sync',
  'host crash between sync and answer',
  'store write failed',
] as const;

export type RarePath = (typeof RARE_PATHS)[number];

/** How often each rare path was taken. */
export class RarePathCounts {
  readonly #counts = new Map<RarePath, number>();

  add(path: RarePath, times = 1): void {
    this.#counts.set(path, (this.#counts.get(path) ?? 0) + times);
  }

  toObject(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
