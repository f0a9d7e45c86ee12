// Runs TypeScript from source: node --import ./tools/ts.js file.ts. Types are checked by `npm run typecheck`, not here.
import { register } from 'node:module';
import { inspect } from 'node:util';

process.env.TS_NODE_TRANSPILE_ONLY ??= 'true';
process.setSourceMapsEnabled(true);
register('./ts-hooks.js', import.meta.url);

// ts-node's own handler prints thrown objects as [Object: null prototype] on Node 20.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${inspect(error)}\n`);
  process.exit(1);
});
