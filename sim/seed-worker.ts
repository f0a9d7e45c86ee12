import { parentPort } from 'node:worker_threads';
import { runSeed } from './run-seed.js';
import type { SeedRequest } from './seed-report.js';

// One seed per message; the report goes back when it is done.
parentPort?.on('message', (request: SeedRequest) => parentPort?.postMessage(runSeed(request)));
