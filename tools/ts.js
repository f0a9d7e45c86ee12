// Runs TypeScript from source: node --import ./tools/ts.js file.ts. Types are checked by `npm run typecheck`, not here.
import { register } from 'node:module';
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';

process.env.TS_NODE_TRANSPILE_ONLY ??= 'true';
process.setSourceMapsEnabled(true);
register('./ts-hooks.js', import.meta.url);

// ts-node's own handler prints thrown objects as [Object: null prototype] on Node 20. A worker's error belongs to its parent.
if (isMainThread) {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(1);
  });
}
