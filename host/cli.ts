#!/usr/bin/env node
import { run } from './commands/program.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone (`godwit ls | head`): nothing more is to be said.
  if (error.code === 'EPIPE') process.exit(0);
});
const exitCode = await run(process.argv.slice(2));
if (exitCode !== 0) process.exitCode = exitCode;
