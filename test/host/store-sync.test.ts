import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LevelStore } from '../../host/store/level-store.js';
import type { StoredAgent } from '../../host/store/store.js';
import { type Bundle, bundle } from './support/bundle.js';
import { asked } from './support/line-writer.js';
import { NumberedLine } from './support/numbered-line.js';
import { readSyncTrace, type SyncTrace } from './support/sync-trace.js';

const AGENTS = 3;
const ROUNDS = 25;

describe('the store’s syncs, traced by the kernel', () => {
  let child: Bundle;
  let folder: string;
  beforeAll(async () => {
    child = await bundle('test/host/support/store-child.ts');
    folder = mkdtempSync(join(tmpdir(), 'godwit-sync-'));
  });
  afterAll(() => {
    child.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function trace(mode: string): SyncTrace {
    const log = join(folder, `${mode}.trace`);
    const strace = ['-f', '-y', '-s', '65536', '-e', 'trace=write,fdatasync,fsync', '-o', log];
    execFileSync('strace', [...strace, process.execPath, child.path, join(folder, mode), String(AGENTS), String(ROUNDS), mode], {
      stdio: 'ignore',
    });
    return readSyncTrace(readFileSync(log, 'latin1'));
  }

  it('I2: each acknowledged record was in the log, and the log synced, before the acknowledgement left', () => {
    expect(trace('synced')).toEqual({ acknowledged: AGENTS * ROUNDS, early: [] });
  });

  it('I1: the heads that were written under the trace are the states, byte for byte', async () => {
    const store = await LevelStore.open(join(folder, 'synced'));
    for (let index = 0; index < AGENTS; index++) {
      const head = await asked<StoredAgent | undefined>((done) => store.load(index.toString(16).padStart(32, '0'), done));
      expect(head?.sequence).toBe(ROUNDS);
      expect(Buffer.compare(head!.state, new NumberedLine(index).stateAt(ROUNDS))).toBe(0);
    }
    await asked<void>((done) => store.close(done));
  });

  it('the trace tells a store that acknowledges before the sync', () => {
    const { acknowledged, early } = trace('unsynced');
    expect(acknowledged).toBe(AGENTS * ROUNDS);
    expect(early.length).toBeGreaterThan(0);
  });
});
