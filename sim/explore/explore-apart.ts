import { Worker } from 'node:worker_threads';
import type { Exploration, ExploreLimits } from './explore.js';
import type { ExploreReport, ExploreRequest } from './explore-worker.js';
import type { ExploreOptions } from './explored-run.js';
import { openingImport } from './opened.js';

/** Each run makes a world, and drops it: a larger nursery is emptied more rarely. */
const RESOURCES = { maxYoungGenerationSizeMb: 64 };

/** A module that explores when it is asked to, in a thread that opens its fields or with fields that are open already. */
export interface Explorer {
  readonly workerUrl: URL;
  readonly execArgv: readonly string[];
}

/** The worker beside this file, compiled or not. */
export function defaultExplorer(): Explorer {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const folder = new URL('../../', import.meta.url).href;
  return {
    workerUrl: new URL(`./explore-worker.${extension}`, import.meta.url),
    execArgv: [...process.execArgv, '--import', openingImport(folder)],
  };
}

/** `explore` in a thread of its own. */
export function exploreApart(options: ExploreOptions, limits: ExploreLimits, explorer = defaultExplorer()): Promise<Exploration> {
  const { statesMax, only, onProgress } = limits;
  return new Promise((resolve, reject) => {
    const worker = new Worker(explorer.workerUrl, { execArgv: [...explorer.execArgv], resourceLimits: RESOURCES });
    worker.on('error', reject);
    worker.on('message', ({ found, isEnd }: ExploreReport) => {
      if (isEnd) worker.terminate().then(() => resolve(found), reject);
      else onProgress?.(found);
    });
    worker.postMessage({ options, limits: { statesMax, only } } satisfies ExploreRequest);
  });
}
