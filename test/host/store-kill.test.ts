import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LevelStore } from '../../host/store/level-store.js';
import type { StoredAgent, VerifyReport } from '../../host/store/store.js';
import { type Bundle, bundle } from './support/bundle.js';
import { asked } from './support/line-writer.js';
import { NumberedLine } from './support/numbered-line.js';

const LIVES = 100;
const AGENTS = 4;
const ACKS_MAX = 120;

describe('the store on disk under kill -9', () => {
  let child: Bundle;
  let folder: string;
  beforeAll(async () => {
    child = await bundle('test/host/support/store-child.ts');
    folder = mkdtempSync(join(tmpdir(), 'godwit-kill-'));
  });
  afterAll(() => {
    child.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lets a child write until `acks` acknowledgements are out, kills it, and returns the last one of each agent. */
  async function liveAndDie(acks: number): Promise<Map<number, number>> {
    const writer = spawn(process.execPath, [child.path, folder, String(AGENTS), '1000000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(writer, 'exit');
    const acknowledged = new Map<number, number>();
    let count = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      const [, agent, sequence] = line.split(' ').map(Number);
      // A torn last line is no acknowledgement.
      if (agent !== undefined && sequence! > (acknowledged.get(agent) ?? 0)) acknowledged.set(agent, sequence!);
      if (++count === acks) writer.kill('SIGKILL');
    }
    const [, signal] = await exited;
    expect(signal).toBe('SIGKILL');
    return acknowledged;
  }

  it(`I1, I2: after ${LIVES} of ${LIVES} kills every acknowledged sequence is there, and every head is a state that its board had`, async () => {
    const lines = Array.from({ length: AGENTS }, (_, index) => new NumberedLine(index));
    let commits = 0;
    for (let life = 0; life < LIVES; life++) {
      const acknowledged = await liveAndDie(1 + ((life * 37) % ACKS_MAX));
      const store = await LevelStore.open(folder);
      for (const [index, line] of lines.entries()) {
        const agentId = index.toString(16).padStart(32, '0');
        const head = await asked<StoredAgent | undefined>((done) => store.load(agentId, done));
        if (head === undefined) {
          expect(acknowledged.has(index)).toBe(false);
          continue;
        }
        expect(head.sequence).toBeGreaterThanOrEqual(acknowledged.get(index) ?? 0);
        expect(Buffer.from(head.state).equals(line.stateAt(head.sequence))).toBe(true);
        if (life % 10 === 9) expect((await asked<VerifyReport>((done) => store.verify(agentId, done))).faults).toEqual([]);
        commits = Math.max(commits, head.sequence);
      }
      await asked<void>((done) => store.close(done));
    }
    expect(commits).toBeGreaterThan(LIVES);
  });
});
