import { Violation } from '../checker/violation.js';
import { type Choice, Choices } from './choices.js';
import { endOf } from './end.js';
import { ExploredRun, type ExploreOptions } from './explored-run.js';

export interface ExploreFailure {
  readonly message: string;
  /** What repeats it, and in words. */
  readonly choices: readonly number[];
  readonly story: readonly string[];
}

export interface Exploration {
  /** Different states that were visited: those at which runs part, or time passes. */
  states: number;
  runs: number;
  /** Runs that came to their end; the others met a state that was known. */
  ended: number;
  /** How it ended, in all different ways, sorted. */
  ends: readonly string[];
  /** The most choices that one run made. */
  depth: number;
  /** Branches that were met and not gone into. */
  open: number;
  /** Nothing was left out. */
  isComplete: boolean;
  failure?: ExploreFailure;
}

export interface ExploreLimits {
  readonly statesMax: number;
  /** Only the run of these choices. */
  readonly only?: readonly number[] | undefined;
  readonly onProgress?: (found: Exploration) => void;
  /** A run has come into a state by these choices; `isKnown`: another one was there before. */
  readonly onState?: (digest: string, made: readonly Choice[], isKnown: boolean) => void;
}

const takenOf = (made: readonly Choice[]) => made.map(({ taken }) => taken);

/**
 * Every run that the options allow, each from its start with another list of choices. A state that was visited is not visited again.
 * Stops at the first violation.
 */
export function explore(options: ExploreOptions, limits: ExploreLimits): Exploration {
  const found: Exploration = { states: 0, runs: 0, ended: 0, ends: [], depth: 0, open: 0, isComplete: false };
  const known = new Set<string>();
  const ends = new Set<string>();
  const open: (readonly number[])[] = [limits.only ?? []];
  while (open.length > 0 && known.size < limits.statesMax) {
    const list = open.pop()!;
    const run = new ExploredRun(options, new Choices(list));
    const { made } = run.choices;
    // A run that only waits meets its own states again, and goes on.
    const own = new Set<string>();
    let isCut = false;
    try {
      run.run((digest) => {
        isCut = known.has(digest) && !own.has(digest);
        limits.onState?.(digest, made, isCut);
        known.add(digest);
        own.add(digest);
        return isCut;
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = error instanceof Violation ? error.message : (error.stack ?? error.message);
      found.failure = { message, choices: takenOf(made), story: made.map(({ label }) => label) };
    }
    found.runs++;
    if (!isCut) found.ended++;
    if (!isCut && found.failure === undefined) ends.add(endOf(run));
    found.states = known.size;
    found.depth = Math.max(found.depth, made.length);
    found.ends = [...ends].sort();
    if (found.failure !== undefined || limits.only !== undefined) return found;
    for (let at = list.length; at < made.length; at++) {
      const before = takenOf(made.slice(0, at));
      for (let way = 1; way < made[at]!.ways; way++) open.push([...before, way]);
    }
    found.open = open.length;
    limits.onProgress?.(found);
  }
  found.isComplete = open.length === 0;
  return found;
}

/** One run again. */
export function replay(options: ExploreOptions, choices: readonly number[]): ExploredRun {
  const run = new ExploredRun(options, new Choices(choices));
  run.run();
  return run;
}
