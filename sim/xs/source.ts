// The XS engine's C sources: Moddable's XS 13.3.0 as the npm package @agoric/xsnap carries them. Only the sources are used;
// the package is not a dependency (XS is LGPL-3, and nothing of it is in Godwit's own package).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const XS_PACKAGE = '@agoric/xsnap@0.15.0';
/** `npm view @agoric/xsnap@0.15.0 dist.integrity` */
export const XS_INTEGRITY = 'sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==';

const TARBALL = 'agoric-xsnap-0.15.0.tgz';
const FETCH_TIMEOUT_MS = 120_000;

/** The integrity string of bytes, as package managers write it. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/**
 * Gives the folder that holds XS's `includes`, `platforms` and `sources`; fetches and unpacks the tarball on the first call.
 * Throws when the registry cannot be reached or the bytes are not the pinned ones.
 */
export async function xsSources(cacheFolder: string, say: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder, 'xsnap-0.15.0');
  const xsFolder = join(folder, 'package/moddable/xs');
  if (existsSync(xsFolder)) return xsFolder;
  await mkdir(cacheFolder, { recursive: true });
  const tarball = join(cacheFolder, TARBALL);
  if (!existsSync(tarball)) await fetchTarball(cacheFolder, tarball, say);
  const found = integrityOf(await readFile(tarball));
  if (found !== XS_INTEGRITY) {
    await rm(tarball);
    throw new Error(`${TARBALL} is not the pinned one (${found}, expected ${XS_INTEGRITY}); it was removed`);
  }
  const temporary = await mkdtemp(join(cacheFolder, 'unpack-'));
  try {
    await run('tar', ['-xzf', tarball, '-C', temporary]);
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(xsFolder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return xsFolder;
}

async function fetchTarball(cacheFolder: string, tarball: string, say: (line: string) => void): Promise<void> {
  say(`fetching ${XS_PACKAGE} (0.7 MB, once)`);
  const temporary = await mkdtemp(join(cacheFolder, 'fetch-'));
  try {
    await run('npm', ['pack', XS_PACKAGE, '--silent', '--pack-destination', temporary], { cwd: temporary, timeout: FETCH_TIMEOUT_MS });
    await rename(join(temporary, TARBALL), tarball);
  } catch (error) {
    throw new Error(
      `cannot fetch ${XS_PACKAGE}: ${(error as Error).message.trim()}\nThe XS tier needs it once; put the tarball at ${tarball} where there is no network.`,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
