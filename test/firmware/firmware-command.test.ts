import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundle } from '../host/support/bundle.js';
import { makeApp, manifest, removeApps } from './support/app.js';

const { PATH = '' } = process.env;
let cli: Bundle;
let folder: string;

beforeAll(async () => {
  cli = await bundle('host/cli.ts');
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'godwit-sdk-'));
});
afterAll(() => {
  cli.remove();
  removeApps();
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function godwit(args: readonly string[], environment: NodeJS.ProcessEnv = {}, cwd = process.cwd()): Promise<Result> {
  const child = spawn(process.execPath, [resolve(cli.path), ...args], { cwd, env: { PATH, ...environment } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** An SDK whose mcconfig writes down what it is called with, and ends with `code`. */
function makeSdk(name: string, code = 0, onPath = false): { MODDABLE: string; IDF_PATH: string; PATH: string; log: string } {
  const MODDABLE = join(folder, name);
  const log = join(MODDABLE, 'called.txt');
  const tool = onPath ? join(MODDABLE, 'tools', 'mcconfig') : join(MODDABLE, 'build', 'bin', 'lin', 'release', 'mcconfig');
  mkdirSync(dirname(tool), { recursive: true });
  mkdirSync(join(MODDABLE, 'idf'));
  writeFileSync(tool, `#!/bin/sh\nprintf '%s\\n' "$@" > ${log}\ncommand -v tsc >> ${log}\nexit ${code}\n`);
  chmodSync(tool, 0o755);
  return { MODDABLE, IDF_PATH: join(MODDABLE, 'idf'), PATH: onPath ? `${dirname(tool)}:${PATH}` : PATH, log };
}

describe('godwit firmware', () => {
  test('calls mcconfig with -m, the platform, the target build, and a folder that it has made; tsc is on its PATH', async () => {
    const { log, ...environment } = makeSdk('sound');
    const out = join(folder, 'out');
    const app = makeApp();
    const { code, stdout } = await godwit(['firmware', app, '--board', 'nodemcu', '--out', out], environment);
    expect(stdout).toContain(`to a board: godwit flash --port PORT ${join(out, 'bin/esp32/nodemcu/release', app.split('/').pop()!)}\n`);
    expect(code).toBe(0);
    const [tsc, ...args] = readFileSync(log, 'utf8').trimEnd().split('\n').reverse();
    expect(args.reverse()).toEqual(['-m', '-p', 'esp32/nodemcu', '-t', 'build', '-o', out, join(app, 'manifest.json')]);
    expect(tsc).toMatch(/typescript\/bin\/tsc$/);
    expect(existsSync(out)).toBe(true);
  });

  test('takes an mcconfig on PATH, other targets of the SDK, and instrumentation', async () => {
    const { log, ...environment } = makeSdk('path', 0, true);
    const app = makeApp();
    const { code } = await godwit(
      ['firmware', app, '--board', 'esp32/m5stack_core2', '--instrument', '--out', join(folder, 'out')],
      environment,
    );
    expect(code).toBe(0);
    expect(readFileSync(log, 'utf8')).toMatch(/^-m\n-i\n-p\nesp32\/m5stack_core2\n-t\nbuild\n/);
  });

  test('without a folder takes firmware/, where there is one, else the folder that it is in', async () => {
    const { log, ...environment } = makeSdk('here');
    const inside = { 'firmware/manifest.json': manifest(), 'firmware/main.ts': 'export default 1;\n', 'firmware/half.ts': 'export {};\n' };
    const [outer, plain] = [makeApp(inside), makeApp()];
    for (const [app, path] of [
      [outer, 'firmware/manifest.json'],
      [plain, 'manifest.json'],
    ] as const) {
      const { code } = await godwit(['firmware', '--board', 'esp32'], environment, app);
      expect(code).toBe(0);
      expect(readFileSync(log, 'utf8')).toContain(`-o\n${join(app, 'build/firmware')}\n${join(app, path)}\n`);
    }
  });

  test('hands on that mcconfig failed', async () => {
    const { log: _, ...environment } = makeSdk('failing', 7);
    const { code, stderr } = await godwit(['firmware', makeApp(), '--out', join(folder, 'out')], environment);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'godwit: mcconfig ended with 7: its own words are above\n' });
  });

  test('builds nothing that the check refuses', async () => {
    const { log, ...environment } = makeSdk('unused');
    const app = makeApp({ 'manifest.json': manifest({ preload: ['main'] }) });
    const { code, stdout, stderr } = await godwit(['firmware', app], environment);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'godwit: the check found 1 fault: nothing was built\n' });
    expect(stdout).toContain("module 'half'");
    expect(existsSync(log)).toBe(false);
  });

  test('says all that has to be installed where there is no SDK', async () => {
    const { code, stdout, stderr } = await godwit(['firmware', makeApp(), '--board', 'esp32c3']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^godwit: To build for esp32\/esp32c3, install the Moddable SDK, with MODDABLE set to its folder .*; ESP-IDF, with IDF_PATH set/,
    );
    expect(stderr).toMatch(/Then run this again\.\n$/);
  });

  test('an SDK whose tools were never built is another thing', async () => {
    const MODDABLE = join(folder, 'unbuilt');
    mkdirSync(MODDABLE);
    const { code, stderr } = await godwit(['firmware', makeApp()], { MODDABLE, IDF_PATH: folder });
    expect(code).toBe(1);
    expect(stderr).toContain(`the SDK's tools: mcconfig is neither on PATH nor built in ${MODDABLE}`);
    expect(stderr).not.toContain('ESP-IDF');
  });

  test.each([[['--board', 'teapot']], [['--board', 'esp32/../x']], [['a', 'b']], [['--no-such']]])('wrong usage: %j', async (args) => {
    expect((await godwit(['firmware', ...args])).code).toBe(2);
  });
});

describe('godwit check', () => {
  test('0 and one line when there is nothing to object to', async () => {
    const { code, stdout, stderr } = await godwit(['check'], {}, makeApp());
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'manifest.json: 2 modules for esp32: nothing to object to\n', stderr: '' });
  });

  test('1 and a line for each fault', async () => {
    const app = makeApp({ 'manifest.json': manifest({ preload: ['main'], config: { ssid: 'x' } }) });
    const { code, stdout } = await godwit(['check', app]);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(/2 faults\n$/);
  });

  test('--json is one object', async () => {
    const app = makeApp({ 'manifest.json': manifest({ preload: ['main'] }) });
    const { code, stdout } = await godwit(['check', app, '--platform', 'esp32/esp32s3', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      platforms: ['esp32/esp32s3'],
      modules: 2,
      faults: [{ rule: 'not-preloaded', module: 'half', text: expect.stringContaining('add "half" to preload') }],
    });
  });

  test('2 for wrong usage', async () => {
    expect((await godwit(['check', 'a', 'b'])).code).toBe(2);
    expect((await godwit(['check', '--platform'])).code).toBe(2);
  });
});
