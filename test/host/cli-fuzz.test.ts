import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../host/commands/program.js';
import { LevelStore } from '../../host/store/level-store.js';
import { Random } from '../../sim/random.js';
import { asked, firstGrant } from './support/line-writer.js';
import { newFolder } from './support/real-run.js';

const SEED = 20261122;
const RUNS = 400;
const COMMANDS = [
  ...['up', 'ls', 'show', 'verify', 'send', 'forget', 'enroll', 'help', 'nothing', ''],
  ...['boards', 'restore', 'migrate', 'rollback', 'fork', 'stats'],
];
const FLAGS = [
  '--data',
  '--mqtt',
  '--serial',
  '--sim',
  '--seed',
  '--for',
  '--json',
  '--verbos',
  '--yes',
  '--hex',
  '--api-port',
  '--broker-port',
  '--port',
  '--show',
  '--name',
  '--wifi',
  '--wifi-open',
  '--broker',
  '--agent-id',
  '--vacant',
  '--to',
  '--to-any',
  '--at',
  '--max-downtime',
  '--batch',
  '--stop-after',
  '--agent',
  '--send',
  '-x',
  '--',
  '-',
];
const VALUES = [
  '',
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  'NaN',
  '10s',
  '1ms',
  'mqtt://',
  'mqtt://:0',
  ':::',
  '\u0000',
  'é\ud800',
  '../..',
  'a1a1',
  'x'.repeat(5000),
  '__proto__',
  '%s',
  '$(true)',
];

/** Output goes nowhere; what was written to stderr is returned. */
async function silently(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  try {
    return { code: await run(args), stderr };
  } finally {
    out.mockRestore();
    error.mockRestore();
    process.exitCode = undefined;
  }
}

describe('the command line under made-up arguments', () => {
  let folder: ReturnType<typeof newFolder>;
  beforeAll(async () => {
    folder = newFolder();
    const store = await LevelStore.open(join(folder.path, 'store'));
    await asked<void>((done) => store.grant('a1'.repeat(16), firstGrant(100), done));
    await asked<void>((done) => store.close(done));
  });
  afterAll(() => folder.remove());

  it(`I6: every line ends with 0, 1 or 2 and at most one line of complaint, and no agent is lost (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const pick = (list: readonly string[]): string => list[random.below(list.length)]!;
    const codes = [0, 0, 0];
    for (let index = 0; index < RUNS; index++) {
      const args = [pick(COMMANDS)];
      for (let count = random.below(5); count > 0; count--) args.push(random.chance(0.6) ? pick(FLAGS) : pick(VALUES));
      // A host that would run on and an agent that would really be forgotten are no part of this.
      if (args.includes('forget')) args.splice(1, args.length, ...args.slice(1).filter((arg) => arg !== '--yes'));
      args.push(...(args[0] === 'enroll' ? ['--port', folder.path] : ['--data', folder.path]));
      if (args[0] === 'up') args.push('--for', '1ms');
      const { code, stderr } = await silently(args);
      const line = `godwit ${args.map((arg) => JSON.stringify(arg)).join(' ')}`;
      expect([0, 1, 2], line).toContain(code);
      codes[code]!++;
      if (code !== 0 && stderr !== '' && !stderr.startsWith('Usage:')) {
        expect(stderr.split('\n'), line).toHaveLength(2);
        expect(stderr, line).not.toMatch(/\n\s+at |undefined|\[object/);
      }
    }
    expect(Math.min(...codes)).toBeGreaterThan(5);
    const store = await LevelStore.open(join(folder.path, 'store'));
    expect(await asked((done) => store.load('a1'.repeat(16), done))).toBeDefined();
    await asked<void>((done) => store.close(done));
  });
});
