import { Random } from '../random.js';
import { Choices } from './choices.js';
import { type ExploreLimits, explore } from './explore.js';
import { ExploredRun, type ExploreOptions } from './explored-run.js';

/** Two lists of choices that lead into states with one digest. */
export interface Twins {
  readonly digest: string;
  readonly lists: readonly (readonly number[])[];
}

/** What became of a run after a state: the digests that followed, and what it was asked. */
export interface Sequel {
  readonly digests: readonly string[];
  readonly asked: readonly string[];
}

/** Every `every`th meeting of two runs in one state. */
export function findTwins(options: ExploreOptions, limits: ExploreLimits, every: number): Twins[] {
  const firsts = new Map<string, readonly number[]>();
  const twins: Twins[] = [];
  let meetings = 0;
  const onState: ExploreLimits['onState'] = (digest, made, isKnown) => {
    const list = () => made.map(({ taken }) => taken);
    if (!isKnown && !firsts.has(digest)) firsts.set(digest, list());
    else if (isKnown && meetings++ % every === 0) twins.push({ digest, lists: [firsts.get(digest)!, list()] });
  };
  explore(options, { ...limits, onState });
  return twins;
}

/** Takes a run into the state, and from there on as the seed decides. */
export function sequelOf(options: ExploreOptions, digest: string, list: readonly number[], seed: number): Sequel {
  const random = new Random(seed);
  const run = new ExploredRun(options, new Choices(list, (ways) => random.below(ways)));
  const digests: string[] = [];
  let isThere = false;
  run.run((met) => {
    isThere ||= met === digest;
    if (isThere) digests.push(met);
    return false;
  });
  return { digests, asked: run.choices.made.slice(list.length).map(({ label }) => label) };
}
