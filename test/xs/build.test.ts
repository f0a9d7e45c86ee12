import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildXsHost, cacheFolder } from '../../sim/xs/build.js';
import { REPOSITORY } from '../../sim/xs/bundle.js';
import { withLock } from '../../sim/xs/lock.js';
import { integrityOf, XS_INTEGRITY, xsSources } from '../../sim/xs/source.js';

const run = promisify(execFile);
const BUILD = "import { buildXsHost } from './sim/xs/build.ts'; console.log((await buildXsHost()).path);";

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'godwit-xs-build-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function buildInProcess(): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, GODWIT_CACHE: folder };
  return run(process.execPath, ['--import', './tools/ts.js', '--input-type=module', '-e', BUILD], { cwd: REPOSITORY, env });
}

describe('the XS sources', () => {
  it('refuses a tarball that is not the pinned one, and removes it', async () => {
    const tarball = join(folder, 'agoric-xsnap-0.15.0.tgz');
    await writeFile(tarball, 'something else');
    await expect(xsSources(folder, () => {})).rejects.toThrow(/is not the pinned one \(sha512-.*, expected sha512-ZBm4DZ/);
    expect(existsSync(tarball)).toBe(false);
  });

  it('are the pinned ones', async () => {
    await buildXsHost();
    expect(integrityOf(await readFile(join(cacheFolder(), 'agoric-xsnap-0.15.0.tgz')))).toBe(XS_INTEGRITY);
  });
});

describe('the build of the XS host', () => {
  it('compiles only what is missing, also when two processes build at once', async () => {
    const { path } = await buildXsHost();
    const cache = join(folder, 'xs');
    await cp(dirname(path), cache, { recursive: true });
    const objects = join(cache, 'objects');
    const arena = (await readdir(objects)).filter((name) => name.startsWith('arena-'));
    await Promise.all([...arena.map((name) => rm(join(objects, name))), rm(join(cache, path.slice(dirname(path).length)))]);

    const built = await Promise.all([buildInProcess(), buildInProcess()]);
    const said = built.map(({ stderr }) => stderr).join('');
    expect(said.match(/compiling \d+ of/g)).toEqual(['compiling 1 of']);
    expect(built.map(({ stdout }) => stdout)).toEqual(Array(2).fill(`${join(cache, path.slice(dirname(path).length))}\n`));
    expect(await readFile(built[0].stdout.trimEnd())).toEqual(await readFile(path));
    expect((await readdir(cache)).filter((name) => name.endsWith('.tmp') || name.endsWith('.lock'))).toEqual([]);
  });

  it('names the compiler where there is none', async () => {
    const env = { ...process.env, GODWIT_CACHE: folder, PATH: folder };
    const parameters = ['--import', './tools/ts.js', '--input-type=module', '-e', BUILD];
    const failure = await run(process.execPath, parameters, { cwd: REPOSITORY, env }).catch((error: { stderr: string }) => error);
    expect(failure.stderr).toContain('no C compiler for the XS tier; install one: apt-get install -y gcc libc6-dev gcc-multilib');
  });
});

describe('the lock', () => {
  it('lets one in at a time', async () => {
    const path = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const visit = () =>
      withLock(path, async () => {
        most = Math.max(most, ++inside);
        await readdir(folder);
        inside--;
      });
    await Promise.all([visit(), visit(), visit()]);
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('is taken over from an owner that has died', async () => {
    const path = join(folder, 'lock');
    const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
    await writeFile(path, stdout.trim());
    expect(await withLock(path, async () => 'in')).toBe('in');
  });
});
