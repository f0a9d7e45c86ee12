import { Violation } from '../checker/violation.js';
import { ExploredRun, type ExploreOptions } from './explored-run.js';

export interface ExploreFailure {
  readonly message: string;
  /** What repeats it, and in words. */
  readonly choices: readonly number[];
  readonly story: readonly string[];
}

export interface Exploration {
  /** Different states that were visited. */
  states: number;
  runs: number;
  /** Runs that came to their end; the others met a state that was known. */
  ended: number;
  /** The most choices that one run made. */
  depth: number;
  /** Nothing was left out. */
  isComplete: boolean;
  failure?: ExploreFailure;
}

export interface ExploreLimits {
  readonly statesMax: number;
  readonly onProgress?: (found: Exploration) => void;
}

/**
 * Every run that the options allow, each from its start with another list of choices. A state that was visited is not visited again.
 * Stops at the first violation.
 */
export function explore(options: ExploreOptions, limits: ExploreLimits): Exploration {
  const found: Exploration = { states: 0, runs: 0, ended: 0, depth: 0, isComplete: false };
  const known = new Set<string>();
  const open: (readonly number[])[] = [[]];
  while (open.length > 0 && known.size < limits.statesMax) {
    const list = open.pop()!;
    const run = new ExploredRun(options, list);
    // A run that only waits meets its own states again, and goes on.
    const own = new Set<string>();
    let isCut = false;
    try {
      run.run((digest) => {
        isCut = known.has(digest) && !own.has(digest);
        known.add(digest);
        own.add(digest);
        return isCut;
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = error instanceof Violation ? error.message : (error.stack ?? error.message);
      found.failure = { message, choices: run.choices.made.map(({ taken }) => taken), story: run.choices.made.map(({ label }) => label) };
    }
    found.runs++;
    if (!isCut) found.ended++;
    found.states = known.size;
    found.depth = Math.max(found.depth, run.choices.made.length);
    if (found.failure !== undefined) return found;
    const { made } = run.choices;
    for (let at = list.length; at < made.length; at++) {
      const before = made.slice(0, at).map(({ taken }) => taken);
      for (let way = 1; way < made[at]!.ways; way++) open.push([...before, way]);
    }
    limits.onProgress?.(found);
  }
  found.isComplete = open.length === 0;
  return found;
}

/** One run again. */
export function replay(options: ExploreOptions, choices: readonly number[]): ExploredRun {
  const run = new ExploredRun(options, choices);
  run.run(() => false);
  return run;
}
