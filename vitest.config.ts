import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
/** Firmware imports modules by the names that the manifests give them. */
const moddableNames = [
  { find: /^godwit\/firmware\/(.*)$/, replacement: `${root}firmware/$1.ts` },
  { find: /^godwit\/(.*)$/, replacement: `${root}src/$1.ts` },
];

// One project per tier. Exhaustive runs take one core for minutes: seeds are run beside them. Host tests share real parts (ports, ptys, a broker), so their files run one after another.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 300_000,
    projects: [
      { extends: true, test: { name: 'core', include: ['test/core/**/*.test.ts'], pool: 'threads', setupFiles: ['test/same-seed.ts'] } },
      { extends: true, test: { name: 'sim', include: ['test/sim/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 600_000 } },
      { extends: true, test: { name: 'bench', include: ['test/bench/**/*.test.ts'], pool: 'forks', testTimeout: 300_000 } },
      {
        extends: true,
        resolve: { alias: moddableNames },
        test: { name: 'host', include: ['test/host/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'xs', include: ['test/xs/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 600_000 },
      },
      {
        extends: true,
        resolve: { alias: moddableNames },
        test: { name: 'firmware', include: ['test/firmware/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'rv32', include: ['test/rv32/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 600_000 },
      },
      {
        extends: true,
        test: { name: 'pack', include: ['test/pack/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 300_000 },
      },
    ],
  },
});
