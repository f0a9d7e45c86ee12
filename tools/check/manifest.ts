// manifest.json, the library for Moddable projects, names and preloads every module of src/: mcconfig's wildcards do not match TypeScript
// files in `preload`. With --write it is brought up to date, without it a difference is an error.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const MANIFEST = 'manifest.json';

const paths = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.slice(0, -'.ts'.length))
  .sort();
const manifest = {
  modules: Object.fromEntries(paths.map((path) => [`godwit/${path}`, `./src/${path}`])),
  preload: paths.map((path) => `godwit/${path}`),
  // mcconfig passes on type errors of declaration files too, and its own default is newer than the JavaScript of src/.
  typescript: { tsconfig: { compilerOptions: { target: 'es2022', lib: ['es2022'], skipLibCheck: true } } },
};

if (process.argv.includes('--write')) {
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
} else if (JSON.stringify(JSON.parse(readFileSync(MANIFEST, 'utf8'))) !== JSON.stringify(manifest)) {
  process.stderr.write(
    `${MANIFEST} does not name and preload the modules of src/: node --import ./tools/ts.js tools/check/manifest.ts --write\n`,
  );
  process.exitCode = 1;
}
