import { parentPort } from 'node:worker_threads';
import type { ExploreOptions } from '../../sim/explore/explored-run.js';
import { findTwins, type Sequel, sequelOf } from '../../sim/explore/twins.js';

export interface TwinsRequest {
  readonly options: ExploreOptions;
  readonly statesMax: number;
  readonly every: number;
  readonly seed: number;
}

// Pairs of runs that met in a state, and how each went on: answered once.
parentPort?.on('message', ({ options, statesMax, every, seed }: TwinsRequest) => {
  const sequels = findTwins(options, { statesMax }, every).map(({ digest, lists }, index): Sequel[] =>
    lists.map((list) => sequelOf(options, digest, list, seed + index)),
  );
  parentPort?.postMessage(sequels);
});
