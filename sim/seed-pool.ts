import { Worker } from 'node:worker_threads';
import type { SeedReport, SeedRequest } from './seed-report.js';

export interface SeedPoolOptions {
  readonly workers: number;
  readonly workerUrl: URL;
  readonly execArgv?: readonly string[];
  /** Called for each seed as it ends, in no particular order. Returning false stops the rest. */
  readonly onReport: (report: SeedReport) => boolean | undefined;
}

/** The compiled worker beside this file, or the TypeScript one when this file runs from source. */
export function defaultWorker(): Pick<SeedPoolOptions, 'workerUrl' | 'execArgv'> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { workerUrl: new URL(`./seed-worker.${extension}`, import.meta.url), execArgv: process.execArgv };
}

/** Runs every request on a few threads, one seed at a time per thread. Rejects when a thread dies. */
export async function runSeedPool(requests: Iterable<SeedRequest>, options: SeedPoolOptions): Promise<void> {
  const queue = requests[Symbol.iterator]();
  let stopped = false;
  const runOne = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(options.workerUrl, { execArgv: [...(options.execArgv ?? [])] });
      const next = () => {
        const { value, done } = stopped ? { value: undefined, done: true } : queue.next();
        if (done) void worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(value);
      };
      worker.on('message', (report: SeedReport) => {
        if (options.onReport(report) === false) stopped = true;
        next();
      });
      worker.on('error', (error) => {
        stopped = true;
        reject(error);
      });
      next();
    });
  await Promise.all(Array.from({ length: options.workers }, runOne));
}
