// Store format 1 as SPEC.md says it, written by a program that shares no code with this one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LevelStore } from '../../host/store/level-store.js';
import type { StateAt, StoredAgent, StoredEvent, StoredInput, VerifyReport } from '../../host/store/store.js';
import fixture from './fixtures/store-1.json' with { type: 'json' };
import { asked } from './support/line-writer.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'godwit-fixture-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');

it('a folder of store format 1 is read, whole', async () => {
  const database = new ClassicLevel<string, Uint8Array>(join(folder, 'store'), { valueEncoding: 'view' });
  await database.open();
  for (const [key, record] of fixture.records) await database.put(key!, Buffer.from(record!, 'hex'));
  await database.close();

  const store = await LevelStore.open(join(folder, 'store'));
  const { agentId, boardId, fingerprint, sequence, digest } = fixture;
  const agent = (await asked<StoredAgent | undefined>((done) => store.load(agentId, done)))!;
  expect(agent).toMatchObject({ agentName: 'kestrel', boardId, fingerprint, epoch: 2, session: 5, sizeBytes: 300, runtimeBlock: false });
  expect(agent).toMatchObject({ leaseMs: 0, plan: undefined });
  expect(agent).toMatchObject({ sequence, digest, headEpoch: 2 });
  expect(Buffer.from(agent.state).toString('hex')).toBe(fixture.state);
  const before = (await asked<StateAt | undefined>((done) => store.stateAt(agentId, sequence - 1, done)))!;
  expect(before).toMatchObject({ sequence: 3, epoch: 1 });
  expect(Buffer.from(before.state).toString('hex')).toBe(fixture.checkpoint);
  const [input, ...more] = await asked<readonly StoredInput[]>((done) => store.inputs(agentId, done));
  expect([input?.number, text(input?.bytes), more]).toEqual([7, 'target 21', []]);
  expect(await asked<readonly StoredEvent[]>((done) => store.events(agentId, done))).toEqual([{ kind: 'divergence', detail: '{"a":1}' }]);
  expect(text(await asked<Uint8Array | undefined>((done) => store.getSchema(fingerprint, done)))).toBe('\x01\x00\x00\x04\x01\x01n\x00\x03');
  const report = await asked<VerifyReport>((done) => store.verify(agentId, done));
  expect(report.faults).toEqual([]);
  await asked<void>((done) => store.close(done));
});
