import { parentPort } from 'node:worker_threads';
import { type Exploration, type ExploreLimits, explore } from './explore.js';
import type { ExploreOptions } from './explored-run.js';

export interface ExploreRequest {
  readonly options: ExploreOptions;
  readonly limits: Pick<ExploreLimits, 'statesMax' | 'only'>;
}

export interface ExploreReport {
  readonly found: Exploration;
  readonly isEnd: boolean;
}

const PROGRESS_EVERY_MS = 500;

// One exploration per message: reports while it goes on, and one at its end.
parentPort?.on('message', ({ options, limits }: ExploreRequest) => {
  const report = (found: Exploration, isEnd: boolean) => parentPort?.postMessage({ found, isEnd } satisfies ExploreReport);
  let shownMs = performance.now();
  const onProgress = (found: Exploration) => {
    if (performance.now() - shownMs < PROGRESS_EVERY_MS) return;
    shownMs = performance.now();
    report(found, false);
  };
  report(explore(options, { ...limits, onProgress }), true);
});
