import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BATCH_OPERATIONS_MAX, type Database, SyncedBatches } from '../../host/store/synced-batches.js';

const put = (key: string) => [{ type: 'put' as const, key, value: Uint8Array.of(1) }];

describe('group commit', () => {
  let folder: string;
  let database: Database;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'godwit-batches-'));
    database = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
    await database.open();
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('I2: whatever arrives while a batch is under way shares the next; each is there when it is told done, in the order of arrival', async () => {
    const batches = new SyncedBatches(database);
    const told: number[] = [];
    const write = (index: number) =>
      batches.write(put(`k${index}`), (error) => {
        expect(error).toBeUndefined();
        expect(database.getSync(`k${index}`)).toBeDefined();
        told.push(index);
        // From inside a done: the batch after the next.
        if (index < 50) write(index + 100);
      });
    for (let index = 0; index < 100; index++) write(index);
    await batches.settled();
    expect(told).toEqual(Array.from({ length: 150 }, (_, index) => index));
    expect(batches.counters).toEqual({ batches: 2, writes: 150, failures: 0 });
  });

  it('a batch is bounded, and a write is never split over two', async () => {
    const batches = new SyncedBatches(database);
    const large = Array.from({ length: 3000 }, (_, index) => put(`l${index}`)[0]!);
    await Promise.all([batches.written(large), batches.written(large), batches.written(large)]);
    expect(large.length * 2).toBeGreaterThan(BATCH_OPERATIONS_MAX);
    expect(batches.counters.batches).toBe(2);
  });

  it('passed() comes after every write given before it, though others follow', async () => {
    const batches = new SyncedBatches(database);
    let done = 0;
    for (let index = 0; index < 10; index++) batches.write(put(`p${index}`), () => done++);
    const passed = batches.passed().then(() => done);
    batches.write(put('later'), () => done++);
    expect(await passed).toBeGreaterThanOrEqual(10);
    await batches.settled();
  });

  it('after a batch that could not be written nothing more is acknowledged, and somebody is told', async () => {
    let failure: Error | undefined;
    const batches = new SyncedBatches(database, (error) => {
      failure = error;
    });
    await batches.written(put('good'));
    await database.close();
    await expect(batches.written(put('lost'))).rejects.toMatchObject({
      code: 'unknown',
      message: expect.stringMatching(/could not write/),
    });
    await database.open();
    await expect(batches.written(put('later'))).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/nothing more until it is reopened/),
    });
    expect(failure?.message).toMatch(/could not write/);
    expect(batches.counters).toEqual({ batches: 1, writes: 1, failures: 1 });
    expect(await database.get('later')).toBeUndefined();
  });
});
