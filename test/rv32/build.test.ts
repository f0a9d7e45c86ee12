import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildRv32Objects, TOOLS_LINE } from '../../sim/rv32/build.js';
import { splitChannels } from '../../sim/rv32/channels.js';
import { buildRv32Image, RAM_START } from '../../sim/rv32/image.js';
import { runBlock } from '../../sim/rv32/run-block.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { modulesUnder, REPOSITORY } from '../../sim/xs/bundle.js';

const run = promisify(execFile);
const BUILD = "import { buildRv32Objects } from './sim/rv32/build.ts'; await buildRv32Objects();";

describe('the build for the emulated board', () => {
  it('names all that is missing, and the line that installs it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'godwit-rv32-build-'));
    const env = { ...process.env, PATH: folder };
    const parameters = ['--import', './tools/ts.js', '--input-type=module', '-e', BUILD];
    const failure = await run(process.execPath, parameters, { cwd: REPOSITORY, env }).catch((error: { stderr: string }) => error);
    await rm(folder, { recursive: true });
    expect(failure.stderr).toContain(`install them: ${TOOLS_LINE}`);
  });

  it(
    'links a changed program in seconds, the same one not at all',
    async () => {
      await buildRv32Objects();
      const entry = { text: `globalThis.built = ${Date.now()}; for (;;);` };
      const image = await buildRv32Image({ entry, name: 'changed', preload: await modulesUnder('src') });
      const { mtimeMs } = await stat(image.path);
      const again = await buildRv32Image({ entry, name: 'changed', preload: await modulesUnder('src') });
      expect(again.path).toBe(image.path);
      expect((await stat(again.path)).mtimeMs).toBe(mtimeMs);
      expect(image.romBytes).toBeGreaterThan(50_000);
      expect(image.symbols('gProbe')).toBeGreaterThan(RAM_START);
      expect(image.symbols('start')).toBe(RAM_START);
      expect(image.symbols('no-such-symbol')).toBeUndefined();
    },
    BUILD_TIMEOUT_MS,
  );

  it('uses nothing that an ESP32-C3 has not: no floating point, no atomics', async () => {
    const image = await buildRv32Image({ entry: { text: '1;' }, name: 'empty' });
    const { stdout } = await run('riscv64-unknown-elf-objdump', ['-d', '--no-show-raw-insn', image.path], { maxBuffer: 64 << 20 });
    const names = new Set(stdout.split('\n').flatMap((line) => /^[0-9a-f]{8}:\t([a-z][a-z0-9.]*)/.exec(line)?.[1] ?? []));
    expect(names.has('mul') && names.has('div')).toBe(true);
    expect([...names].filter((name) => /^(f(?!ence)|amo|lr\.|sc\.)/.test(name))).toEqual([]);
  });

  it('says what does not resolve', async () => {
    await expect(buildRv32Image({ entry: { text: "import './nowhere.js';" }, name: 'broken' })).rejects.toThrow('nowhere');
  });
});

describe('the line of a program that ends', () => {
  it('carries text, reports, output and counters', () => {
    const line = Buffer.from('one\x0e2two\x0eo\x0e\x0e\x01\x0e1 three\x0ec{}\x0ei12', 'latin1');
    expect(splitChannels(line)).toEqual({
      stdout: 'one three',
      stderr: 'two',
      output: Uint8Array.of(14, 1),
      counters: '{}',
      instructions: '12',
    });
  });

  it('is given its arguments in words', () => {
    expect(() => runBlock(Array<string>(33).fill('a'), undefined, true)).toThrow('more than 32');
    expect([...runBlock(['a', 'bc'], Uint8Array.of(7), true)]).toEqual([
      1, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 97, 0, 98, 99, 0, 0, 0, 0, 7,
    ]);
  });
});
