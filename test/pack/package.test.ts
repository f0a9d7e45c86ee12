import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, type Packed, packAndInstall } from './installed.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const entryPoints = Object.keys(manifest.exports).filter((path) => path !== './package.json');
const specifier = (path: string) => manifest.name + path.slice(1);
/** 'a' of 'a/b', '@a/b' of '@a/b/c'. */
const packageOf = (imported: string) => /^(@[^/]+\/)?[^/]+/.exec(imported)?.[0] ?? imported;

let packed: Packed;
beforeAll(() => {
  packed = packAndInstall(['typescript', '@types/node'].map((name) => `${name}@${manifest.devDependencies[name]}`));
});
afterAll(() => packed?.remove());

const godwit = (...args: string[]) => command(packed.consumer, 'npx', '--no-install', 'godwit', ...args);

const installed = (path: string) => join(packed.consumer, 'node_modules', manifest.name, path);

describe('what the tarball holds', () => {
  test('every file that the manifest promises', () => {
    const promised = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((target) => Object.values(typeof target === 'string' ? [target] : target)),
    ];
    expect(packed.files).toEqual(expect.arrayContaining(promised.map((path) => path.replace(/^\.\//, ''))));
    expect(packed.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'DESIGN.md', 'SPEC.md', 'manifest.json', 'src/index.ts']));
    const firmware = ['manifest.json', 'board.json', 'partitions.csv', 'main.ts', 'start.ts', 'typings/embedded/storage/key-value.d.ts'];
    expect(packed.files).toEqual(expect.arrayContaining(firmware.map((path) => `firmware/${path}`)));
  });

  test('nothing that is for developing alone', () => {
    const folders = new Set(
      packed.files
        .map((path) =>
          path
            .split('/')
            .slice(0, path.startsWith('dist/') ? 2 : 1)
            .join('/'),
        )
        .filter((path) => !path.includes('.')),
    );
    expect([...folders].sort()).toEqual([
      'LICENSE',
      'dist/bench',
      'dist/examples',
      'dist/host',
      'dist/sim',
      'dist/src',
      'firmware',
      'src',
      'templates',
    ]);
  });

  test('code that needs the run-time dependencies, all of them, and nothing else', () => {
    const scripts = packed.files.filter((path) => path.startsWith('dist/') && path.endsWith('.js'));
    const named = scripts.flatMap((path) =>
      ts.preProcessFile(readFileSync(installed(path), 'utf8'), true, true).importedFiles.map((file) => file.fileName),
    );
    const packages = named.filter((name) => !name.startsWith('.') && !isBuiltin(name)).map(packageOf);
    expect([...new Set(packages)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });
});

describe('the installed command', () => {
  test('godwit --help names its commands', () => {
    const { status, stdout } = godwit('--help');
    expect(status).toBe(0);
    const names = 'up ls show verify send forget sim bench new check firmware flash enroll monitor'.split(' ');
    for (const name of names) expect(stdout).toMatch(new RegExp(`^\\s+${name}\\b`, 'm'));
  });

  test('godwit --version is the version of the package', () => {
    expect(godwit('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });

  test('wrong usage ends with exit code 2', () => {
    expect(godwit('no-such-command').status).toBe(2);
    expect(godwit('up', '--no-such-flag').status).toBe(2);
  });
});

describe('a run from the installed package, without its sources', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = godwit(...args);
    expect(status, `${stdout}${stderr}`).toBe(0);
    return JSON.parse(stdout) as unknown;
  };

  test('the simulator passes a few seeds', () => {
    run('sim', '--boards', '2', '--seed', '1', '--seeds', '4', '--commits', '30', '--json');
  });

  test('the demo ends with every head equal to its board', () => {
    const { boards } = run('up', '--demo', '--for', '5s', '--json') as { boards: readonly { commits: number; equal: boolean }[] };
    expect(boards).toHaveLength(4);
    for (const board of boards) expect(board).toMatchObject({ commits: expect.any(Number), equal: true });
    expect(boards.every((board) => board.commits > 0)).toBe(true);
  });
});

describe('the documented exports', () => {
  test.each(entryPoints)('%s can be imported', (path) => {
    const script = `const names = Object.keys(await import('${specifier(path)}')); if (names.length === 0) process.exit(3);`;
    expect(command(packed.consumer, process.execPath, '--input-type=module', '--eval', script)).toMatchObject({ status: 0, stderr: '' });
  });

  test('nothing else can be', () => {
    const { status, stderr } = command(
      packed.consumer,
      process.execPath,
      '--input-type=module',
      '--eval',
      "await import('godwit/dist/src/index.js')",
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  const strict = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  };
  const typeCheck = (compilerOptions: object, files: readonly string[]) => {
    writeFileSync(join(packed.consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    return command(packed.consumer, 'npx', '--no-install', 'tsc', '-p', '.');
  };

  test('all have types for a strict consumer', () => {
    writeFileSync(
      join(packed.consumer, 'all.ts'),
      entryPoints.map((path, index) => `export * as entry${index} from '${specifier(path)}';\n`).join(''),
    );
    expect(typeCheck({ ...strict, types: ['node'], skipLibCheck: true }, ['all.ts'])).toMatchObject({ status: 0, stdout: '' });
  });

  test("the core's types need neither Node's nor a browser's", () => {
    writeFileSync(join(packed.consumer, 'core.ts'), "export * as core from 'godwit';\n");
    expect(typeCheck({ ...strict, types: [], skipLibCheck: false }, ['core.ts'])).toMatchObject({ status: 0, stdout: '' });
  });

  test("the README's TypeScript compiles as it stands, and runs", () => {
    const blocks = [...readFileSync(installed('README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? '');
    expect(blocks.length).toBeGreaterThan(0);
    const files = blocks.map((block, index) => {
      writeFileSync(join(packed.consumer, `readme${index}.ts`), block);
      return `readme${index}.ts`;
    });
    expect(typeCheck({ ...strict, types: ['node'], skipLibCheck: true, noEmit: false }, files)).toMatchObject({ status: 0, stdout: '' });
    const runs = files.map((file) => command(packed.consumer, process.execPath, file.replace(/ts$/, 'js')));
    for (const run of runs) expect(run).toMatchObject({ status: 0, stderr: '' });
    // The raw path over frames: head and digest of the host are those of the board.
    const head = /^head 2, digest ([0-9a-f]+), board ([0-9a-f]+)$/m.exec(runs.map((run) => run.stdout).join(''));
    expect(head?.[1]).toBe(head?.[2] ?? 'no such line');
  });

  test('the raw path keeps two memories equal, from types to bytes', () => {
    cpSync('test/pack/consumer/raw-path.ts', join(packed.consumer, 'raw-path.ts'));
    expect(typeCheck({ ...strict, types: ['node'], skipLibCheck: false, noEmit: false }, ['raw-path.ts'])).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(command(packed.consumer, process.execPath, 'raw-path.js')).toMatchObject({ status: 0, stderr: '' });
  });
});
