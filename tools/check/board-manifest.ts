// firmware/board.json names and preloads every module of firmware/ but the app's own and the one that it maps by platform. With --write
// it is brought up to date, without it a difference is an error.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const MANIFEST = 'firmware/board.json';
/** The app's modules, named by firmware/manifest.json, and the files behind a name that depends on the platform. */
const NOT_LISTED = ['main', 'agent', 'sdk-platform', 'sdk-platform-lin'];
const BY_PLATFORM = 'godwit/firmware/sdk-platform';

/** godwit.ts stands for the npm package. */
const moduleName = (file: string): string => (file === 'godwit' ? 'godwit' : `godwit/firmware/${file}`);

const names = readdirSync('firmware')
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !NOT_LISTED.includes(name))
  .sort();
// With the extension: without it mcconfig would take board.json for a module, beside board.ts.
const text = readFileSync(MANIFEST, 'utf8');
const manifest = JSON.parse(text) as Record<string, unknown>;
const wanted = {
  ...manifest,
  modules: Object.fromEntries(names.map((name) => [moduleName(name), `./${name}.ts`])),
  preload: [...names.map(moduleName), BY_PLATFORM].sort(),
};

if (process.argv.includes('--write')) {
  writeFileSync(MANIFEST, `${JSON.stringify(wanted, undefined, 2)}\n`);
  spawnSync(process.execPath, [createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome'), 'format', '--write', MANIFEST]);
} else if (JSON.stringify(manifest) !== JSON.stringify(wanted)) {
  process.stderr.write(
    `${MANIFEST} does not name and preload the modules of firmware/: node --import ./tools/ts.js tools/check/board-manifest.ts --write\n`,
  );
  process.exitCode = 1;
}
