// A test file outside every tier's folder would never run.
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { tiers } from '../test/tiers.js';

const strays = readdirSync('test', { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.test.ts') && !tiers.some((tier) => path.startsWith(tier.name + sep)));

for (const path of strays) process.stderr.write(`test/${path}: in no tier's folder (${tiers.map((tier) => tier.name).join(', ')})\n`);
process.exitCode = strays.length > 0 ? 1 : 0;
