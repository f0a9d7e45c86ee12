import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../host/commands/program.js';
import { FolderRefused, newProject } from '../../host/new/new-project.js';
import { refuseName } from '../../host/new/project-name.js';
import { defineAgent } from '../../src/agent/index.js';
import { u32 } from '../../src/state/index.js';
import { command, install, type Packed, packAndInstall } from './installed.js';

const SEED = 20261122;
const own = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string; devDependencies: Record<string, string> };

describe('a new project from the installed package', () => {
  let packed: Packed;
  let folder: string;
  beforeAll(() => {
    packed = packAndInstall([]);
    folder = join(packed.consumer, 'blinky');
  });
  afterAll(() => packed?.remove());

  const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, never>;

  test('is made, names what to do next, and carries the names and versions that Godwit has', () => {
    const made = command(packed.consumer, 'npx', '--no-install', 'godwit', 'new', 'blinky');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('$ npm test') });
    const { typescript, ...others } = own.devDependencies;
    expect(json('package.json')).toMatchObject({
      name: 'blinky',
      dependencies: { godwit: own.version },
      devDependencies: { typescript, '@types/node': others['@types/node'], '@moddable/typings': others['@moddable/typings'] },
    });
    const ours = JSON.parse(readFileSync('firmware/manifest.json', 'utf8')) as Record<string, never>;
    expect(json('firmware/manifest.json').platforms).toEqual(ours.platforms);
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name)))
      expect(readFileSync(join(folder, path), 'utf8'), path).not.toContain('my-agent');
  });

  test('passes its own tests and the check of its firmware', () => {
    install(folder, packed.tarball);
    const tests = command(folder, 'npm', 'test');
    expect(tests, tests.stdout).toMatchObject({ status: 0 });
    expect(tests.stdout).toMatch(/^# pass 3$/m);
    const check = command(folder, 'npx', '--no-install', 'godwit', 'check', 'firmware');
    expect(check, check.stdout).toMatchObject({ status: 0 });
    expect(check.stdout).toContain('nothing to object to');
  });

  test('its tests fail for an agent that keeps something outside its state', () => {
    const path = join(folder, 'firmware/agent.ts');
    const sound = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      sound.replace('export const', 'let beats = 0;\nexport const').replace('state.beats += 1', 'state.beats = beats += 1'),
    );
    const { status, stdout } = command(folder, 'npm', 'test');
    writeFileSync(path, sound);
    expect(status).not.toBe(0);
    expect(stdout).toContain('keeps something outside its state');
  });
});

describe('where a new project goes', () => {
  let above: string;
  beforeEach(() => {
    above = mkdtempSync(join(tmpdir(), 'godwit-new-'));
  });
  afterEach(() => rmSync(above, { recursive: true, force: true }));

  test('an empty folder is filled, another is left as it was', () => {
    mkdirSync(join(above, 'empty'));
    expect(newProject(join(above, 'empty')).files).toContain('firmware/agent.ts');
    mkdirSync(join(above, 'full'));
    expect(statSync(join(above, 'empty')).mode, 'as open as any folder of this user').toBe(statSync(join(above, 'full')).mode);
    writeFileSync(join(above, 'full/mine.txt'), 'mine');
    expect(() => newProject(join(above, 'full'))).toThrow(FolderRefused);
    expect(readdirSync(join(above, 'full'))).toEqual(['mine.txt']);
    expect(readdirSync(above).sort()).toEqual(['empty', 'full']);
  });

  test('a folder that cannot be written whole is not there at all', () => {
    expect(() => newProject(join(above, 'nowhere/blinky'))).toThrow(/there is no folder/);
    writeFileSync(join(above, 'file'), '');
    expect(() => newProject(join(above, 'file'))).toThrow(FolderRefused);
    expect(() => newProject(join(above, 'file/blinky'))).toThrow(FolderRefused);
    expect(readdirSync(above)).toEqual(['file']);
  });

  test('from a clone it depends on the clone', () => {
    const { folder } = newProject(join(above, 'blinky'));
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: { godwit: string } };
    expect(dependencies.godwit).toMatch(/^file:/);
    expect(existsSync(join(folder, dependencies.godwit.slice('file:'.length), 'package.json'))).toBe(true);
  });
});

describe('the name of a new project', () => {
  test.each(['Blinky', '-blinky', '2blink', 'blink y', '../', 'a'.repeat(33), 'godwit', 'http', 'b.c', 'näme', ''])(
    '%j is refused with exit code 2',
    async (name) => {
      expect(await run(['new', name])).toBe(2);
    },
  );

  test(`that is not refused is one for an agent too (seed ${SEED})`, () => {
    const name = fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,40}$/), fc.string({ maxLength: 40 }));
    fc.assert(
      fc.property(name, (text) => {
        fc.pre(refuseName(text) === undefined);
        expect(defineAgent({ name: text, state: { n: u32 } }).name).toBe(text);
        expect(text).toMatch(/^[a-z][a-z0-9-]{0,31}$/);
      }),
      { seed: SEED },
    );
  });
});
