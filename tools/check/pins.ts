// Dependencies are pinned exactly, and the lock file names no registry: everyone installs through the one they have configured.
import { readFileSync } from 'node:fs';

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>>;
}
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const faults: string[] = [];

for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
  if (!EXACT_VERSION.test(version)) faults.push(`package.json: ${name} is not pinned exactly: ${version}`);
}
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '') continue;
  if (entry.resolved !== undefined) faults.push(`package-lock.json: ${path} names where it was fetched: ${entry.resolved}`);
  if (entry.integrity === undefined) faults.push(`package-lock.json: ${path} has no integrity`);
}

for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
