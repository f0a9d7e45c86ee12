import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as formats from '../../host/store/formats.js';
import { LevelStore } from '../../host/store/level-store.js';
import { RecordError } from '../../host/store/record.js';
import { type StateAt, type StoredAgent, StoreError, type VerifyReport } from '../../host/store/store.js';
import { Random } from '../../sim/random.js';
import { appendAll, asked, BOARD, FINGERPRINT, firstGrant, LineWriter } from './support/line-writer.js';

const SEED = 20261122;
const AGENT = 'a1'.repeat(16);
const SIZE = 1000;
const RETENTION = { checkpointDeltas: 10, checkpointDeltaBytesMin: 4096, checkpointsKept: 4 };

function reseal(key: string, record: Buffer): Buffer {
  if (record.length >= 4) record.writeUInt32LE(crc32(record.subarray(0, record.length - 4), crc32(key)), record.length - 4);
  return record;
}

/** Changes, cuts or lengthens a record; half of the time its checksum is made right again. */
function mutate(random: Random, key: string, bytes: Uint8Array): Buffer {
  let record = Buffer.from(bytes);
  const sealed = random.chance(0.5);
  const bodyBytes = Math.max(1, record.length - (sealed ? 4 : 0));
  const kind = random.below(4);
  if (kind === 0) record = record.subarray(0, random.below(record.length));
  else if (kind === 1) record = Buffer.concat([record, Buffer.alloc(1 + random.below(9), random.u32())]);
  else for (let count = 1 + random.below(3); count > 0; count--) record[random.below(bodyBytes)]! ^= 1 << random.below(8);
  return sealed ? reseal(key, record) : record;
}

describe('store records', () => {
  const key = 'line/x/d/1';
  const state = Uint8Array.from({ length: 40 }, (_, index) => index);
  const agent = {
    agentName: 'kestrel',
    boardId: BOARD,
    epoch: 3,
    session: 2 ** 40,
    sizeBytes: 40,
    fingerprint: FINGERPRINT,
    runtimeBlock: true,
    leaseMs: 30_000,
  };
  const delta = { epoch: 3, baseSequence: 2 ** 33, sequence: 2 ** 33 + 2, digest: 0xfedcba98, commits: 2, delta: state };
  const records: [string, Uint8Array, (key: string, bytes: Uint8Array) => unknown, unknown][] = [
    ['agent', formats.encodeAgent(key, agent), formats.decodeAgent, agent],
    ['delta', formats.encodeDelta(key, delta), formats.decodeDelta, delta],
    [
      'checkpoint',
      formats.encodeCheckpoint(key, { epoch: 1, sequence: 9, digest: 7, state }),
      formats.decodeCheckpoint,
      { epoch: 1, sequence: 9, digest: 7, state },
    ],
    ['input', formats.encodeInput(key, state), formats.decodeInput, state],
    ['input mark', formats.encodeInputMark(key, 12), formats.decodeInputMark, 12],
    ['event', formats.encodeEvent(key, { kind: 'k', detail: '{"é":1}' }), formats.decodeEvent, { kind: 'k', detail: '{"é":1}' }],
    ['schema', formats.encodeSchema(key, state), formats.decodeSchema, state],
    ['plan', formats.encodePlan(key, state), formats.decodePlan, state],
    ['format', formats.encodeFormat(key), formats.decodeFormat, 1],
  ];

  it.each(records)('%s: what was written is read, under its own key only', (_name, bytes, decode, value) => {
    expect(decode(key, bytes)).toEqual(value);
    expect(() => decode('line/y/d/1', bytes)).toThrow(RecordError);
  });

  it.each(records)(`I6: %s: every mutation is a RecordError or a value within its bounds (seed ${SEED})`, (_name, bytes, decode) => {
    const random = new Random(SEED);
    let refused = 0;
    for (let run = 0; run < 3000; run++) {
      try {
        decode(key, mutate(random, key, bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RecordError);
        expect((error as Error).message).toContain(key);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1500);
  });

  it('no flip of one or two bits is read', () => {
    const bytes = formats.encodeDelta(key, delta);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length * 8 - 1), { minLength: 1, maxLength: 2 }), (bits) => {
        const record = Buffer.from(bytes);
        for (const bit of bits) record[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => formats.decodeDelta(key, record)).toThrow(RecordError);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('an agent as it was written before there were leases is read, with none', () => {
    const now = Buffer.from(formats.encodeAgent(key, agent));
    const before = Buffer.concat([now.subarray(0, now.length - 8), Buffer.alloc(4)]);
    before[1] = 1;
    expect(formats.decodeAgent(key, reseal(key, before))).toEqual({ ...agent, leaseMs: 0 });
  });

  it('versions and kinds of the future are named in the refusal', () => {
    const record = Buffer.from(formats.encodeInputMark(key, 1));
    record[1] = 2;
    expect(() => formats.decodeInputMark(key, reseal(key, record))).toThrow(/version 2/);
    record[0] = 99;
    expect(() => formats.decodeInputMark(key, reseal(key, record))).toThrow(/kind 99/);
  });
});

describe('a store with damaged records', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'godwit-damage-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function change(edit: (database: ClassicLevel<string, Uint8Array>) => Promise<void>): Promise<void> {
    const database = new ClassicLevel<string, Uint8Array>(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
    await edit(database);
    await database.close();
  }

  async function writeLine(): Promise<Map<number, Buffer>> {
    const store = await LevelStore.open(folder, RETENTION);
    await asked<void>((done) => store.grant(AGENT, firstGrant(SIZE), done));
    const line = new LineWriter(SIZE);
    const states = new Map([[0, Buffer.from(line.state)]]);
    for (let commit = 0; commit < 35; commit++) {
      await appendAll(store, AGENT, [line.next((memory) => memory.setU32((commit % 50) * 16, commit + 1))]);
      states.set(line.sequence, Buffer.from(line.state));
    }
    await asked<void>((done) => store.putInput(AGENT, { number: 1, bytes: Uint8Array.of(1) }, done));
    await asked<void>((done) => store.putEvent(AGENT, { kind: 'k', detail: '{}' }, done));
    await asked<void>((done) => store.close(done));
    return states;
  }

  it(`I1, I6: whatever is damaged, a state that is handed out is one that the board had (seed ${SEED})`, async () => {
    const states = await writeLine();
    const random = new Random(SEED);
    let damaged = 0;
    let found = 0;
    for (let run = 0; run < 60; run++) {
      let key = '';
      let original = new Uint8Array(0);
      await change(async (database) => {
        const keys = (await database.keys({ gt: 'a', lt: 'z' }).all()).filter((each) => each !== 'format');
        key = keys[random.below(keys.length)]!;
        original = Uint8Array.from((await database.get(key))!);
        if (random.chance(0.15)) await database.del(key);
        else await database.put(key, mutate(random, key, original));
      });
      damaged++;
      found += await use(states);
      await change((database) => database.put(key, original));
    }
    expect(found).toBeGreaterThan(damaged / 2);
    expect(await use(states)).toBe(0);
  });

  /** Asks everything of the damaged store; 1 if it said that something is wrong. */
  async function use(states: Map<number, Buffer>): Promise<0 | 1> {
    const store = await LevelStore.open(folder, RETENTION);
    let complaints = 0;
    const ask = async <Value>(call: Promise<Value>): Promise<Value | undefined> => {
      try {
        return await call;
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError);
        complaints++;
        return undefined;
      }
    };
    const check = (point: { sequence: number; state: Uint8Array } | undefined): void => {
      if (point === undefined) return;
      const count = Math.min(SIZE, point.state.length);
      expect(states.get(point.sequence)!.subarray(0, count).equals(point.state.subarray(0, count))).toBe(true);
    };
    check(await ask(asked<StoredAgent | undefined>((done) => store.load(AGENT, done))));
    for (const wanted of [0, 7, 10, 22, 34, 99]) check(await ask(asked<StateAt | undefined>((done) => store.stateAt(AGENT, wanted, done))));
    await ask(asked((done) => store.list(done)));
    await ask(asked((done) => store.history(AGENT, done)));
    await ask(asked((done) => store.inputs(AGENT, done)));
    await ask(asked((done) => store.events(AGENT, done)));
    const report = await ask(asked<VerifyReport>((done) => store.verify(AGENT, done)));
    await asked<void>((done) => store.close(done));
    return complaints > 0 || (report?.faults.length ?? 0) > 0 || report!.points < 35 ? 1 : 0;
  }

  it('verify names each damaged record and goes on behind it', async () => {
    await writeLine();
    const keys = ['d', 'd', 'e'].map((series, index) => `line/${AGENT}/${series}/${[5, 25, 1][index]!.toString(16).padStart(14, '0')}`);
    await change(async (database) => {
      for (const key of keys) {
        const bytes = Uint8Array.from((await database.get(key))!);
        bytes[6]! ^= 0x40;
        await database.put(key, bytes);
      }
    });
    const store = await LevelStore.open(folder, RETENTION);
    const report = await asked<VerifyReport>((done) => store.verify(AGENT, done));
    for (const key of keys) expect(report.faults.filter((fault) => fault.includes(key))).toHaveLength(1);
    await asked<void>((done) => store.close(done));
  });

  it('a second opening is refused with what to do; so are other folders and other formats', async () => {
    const store = await LevelStore.open(folder, RETENTION);
    await expect(LevelStore.open(folder)).rejects.toThrow(/another process holds the store .* stop it, or give another --data/);
    await asked<void>((done) => store.close(done));
    await change(async (database) => {
      const future = Buffer.from(formats.encodeFormat('format'));
      future.writeUInt32LE(7, 2);
      await database.put('format', reseal('format', future));
    });
    await expect(LevelStore.open(folder)).rejects.toThrow(/has format 7; this Godwit reads 1/);
    await change(async (database) => {
      await database.clear();
      await database.put('someone', Uint8Array.of(1));
    });
    await expect(LevelStore.open(folder)).rejects.toThrow(/no Godwit store/);
    await expect(LevelStore.open('/proc/godwit/store')).rejects.toThrow(StoreError);
  });

  it('keeps a bounded number of events, inputs and points', async () => {
    const store = await LevelStore.open(folder, RETENTION);
    await asked<void>((done) => store.grant(AGENT, firstGrant(SIZE), done));
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => asked<void>((done) => store.putEvent(AGENT, { kind: `${index}`, detail: '{}' }, done))),
    );
    const events = await asked<readonly { kind: string }[]>((done) => store.events(AGENT, done));
    expect([events.length, events[0]!.kind, events.at(-1)!.kind]).toEqual([256, '44', '299']);
    const inputs = Array.from({ length: 1025 }, (_, index) =>
      asked<void>((done) => store.putInput(AGENT, { number: index + 1, bytes: new Uint8Array(1) }, done)).then(
        () => 'kept',
        (error) => error.code,
      ),
    );
    expect((await Promise.all(inputs)).slice(-2)).toEqual(['kept', 'invalid']);
    const line = new LineWriter(SIZE);
    for (let commit = 0; commit < 400; commit++) await appendAll(store, AGENT, [line.next((memory) => memory.setU32(0, commit + 1))]);
    await asked<void>((done) => store.close(done));
    const reopened = await LevelStore.open(folder, RETENTION);
    const points = await asked<readonly unknown[]>((done) => reopened.history(AGENT, done));
    expect(points.length).toBeLessThan(RETENTION.checkpointDeltas * (RETENTION.checkpointsKept + 3));
    expect(await asked((done) => reopened.stateAt(AGENT, 1, done))).toBeUndefined();
    expect((await asked<VerifyReport>((done) => reopened.verify(AGENT, done))).faults).toEqual([]);
    await asked<void>((done) => reopened.close(done));
  });
});
