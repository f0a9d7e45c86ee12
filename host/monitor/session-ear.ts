import { KINDS } from './kinds.js';
import { impliedSeed, seedOf, sessionOfSeed, type Way } from './seeds.js';

/** fits: as it was sent. differs: damaged. unknown: no session is known yet by which that could be told. */
export type Check = 'fits' | 'differs' | 'unknown';

export interface Heard {
  readonly check: Check;
  /** The one that was expected, where nothing tells. */
  readonly way: Way;
}

/**
 * Tells whether a frame came through, for somebody who only listens. The check of a frame depends on a session that no frame carries;
 * but every intact frame implies the seed that it was sealed with, and so its session. Two frames in a row that imply the same one are
 * both intact, but for one chance in 2^32. A WELCOME names it outright.
 */
export class SessionEar {
  /** The session of the line; undefined before it is known. */
  session: number | undefined;
  readonly #expected: Way;
  /** The sessions that the last frame that did not fit implied, one for each way. */
  #implied: readonly number[] = [];
  /** A hello was heard, so that the session may be over. */
  #isStale = false;

  /** @param expected the way of frames that could go both ways, as long as nothing tells */
  constructor(expected: Way) {
    this.#expected = expected;
  }

  /** @param frame whole, of a known kind */
  hear(frame: Uint8Array, count: number, kind: number): Heard {
    const { ways, sessionless } = KINDS[kind]!;
    const seed = impliedSeed(frame, count);
    if (sessionless) return { check: seed === seedOf(ways[0]!, 0) ? 'fits' : 'differs', way: ways[0]! };
    const { session } = this;
    const way = session === undefined ? undefined : ways.find((each) => seed === seedOf(each, session));
    if (way !== undefined) {
      this.#isStale = false;
      return { check: 'fits', way };
    }
    return this.#learn(seed, ways);
  }

  /** A WELCOME said so. */
  learn(session: number): void {
    this.session = session;
    this.#isStale = false;
    this.#implied = [];
  }

  /** A HELLO came: what follows may be of another session. */
  expectAnother(): void {
    this.#isStale = true;
  }

  #learn(seed: number, ways: readonly Way[]): Heard {
    const implied = ways.map((way) => ({ way, session: sessionOfSeed(seed, way) }));
    // Sessions count from 1: of two ways that would both fit, the one with the large number is the wrong one.
    const [same] = implied.filter(({ session }) => this.#implied.includes(session)).sort((one, other) => one.session - other.session);
    this.#implied = implied.map(({ session }) => session);
    if (same === undefined) {
      const expected = ways.includes(this.#expected) ? this.#expected : ways[0]!;
      return { check: this.session === undefined || this.#isStale ? 'unknown' : 'differs', way: expected };
    }
    this.learn(same.session);
    return { check: 'fits', way: same.way };
  }
}
