import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  AgentRecord,
  HistoryPoint,
  StateAt,
  Store,
  StoredAgent,
  StoredEvent,
  StoredInput,
  VerifyReport,
} from '../../host/store/store.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { appendAll, asked, BOARD, FINGERPRINT, firstGrant, LineWriter } from './support/line-writer.js';

const AGENT = 'a1'.repeat(16);
const OTHER = 'a2'.repeat(16);
const UNKNOWN = '00'.repeat(16);
const SIZE = 1000;

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens what is durable of it. */
  reopen(): Promise<Store>;
  end(): Promise<void>;
}

/** What every implementation of Store keeps, whatever it stores to. */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the store contract`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.end());

    const load = (agentId: string) => asked<StoredAgent | undefined>((done) => store.load(agentId, done));
    const grant = (agentId: string, change = {}) => asked<void>((done) => store.grant(agentId, firstGrant(SIZE, change), done));
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'done',
        (error) => error.code,
      );
    const fiveCommits = (line: LineWriter) =>
      Array.from({ length: 5 }, (_, index) => line.next((memory) => memory.setU32(index * 8, 0x1000 + line.sequence)));

    it('an agent begins as zeros at sequence 0', async () => {
      expect(await load(AGENT)).toBeUndefined();
      await grant(AGENT);
      const agent = (await load(AGENT))!;
      const { state, ...record } = agent;
      expect([...state]).toEqual(Array(SIZE).fill(0));
      expect(record).toEqual({
        agentId: AGENT,
        agentName: 'kestrel',
        boardId: BOARD,
        epoch: 1,
        session: 1,
        sizeBytes: SIZE,
        fingerprint: FINGERPRINT,
        runtimeBlock: false,
        leaseMs: 0,
        sequence: 0,
        digest: new PageMemory({ sizeBytes: SIZE }).digest,
        headEpoch: 0,
        plan: undefined,
      });
    });

    it('I1, I2: an acknowledged append is the head, byte for byte, after a reopening too', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      for (let round = 0; round < 3; round++) {
        await appendAll(store, AGENT, fiveCommits(line));
        const agent = (await load(AGENT))!;
        expect(Buffer.from(agent.state).equals(line.state)).toBe(true);
        expect([agent.sequence, agent.digest, agent.headEpoch]).toEqual([line.sequence, line.memory.digest, 1]);
        store = await under.reopen();
        expect(await load(AGENT)).toEqual(agent);
      }
    });

    it('a grant is a compare-and-set, and of two only one wins', async () => {
      await grant(AGENT);
      const next = { expectEpoch: 1, expectSession: 1, epoch: 2, session: 2 };
      const both = await Promise.all([failure(grant(AGENT, next)), failure(grant(AGENT, { ...next, boardId: 'cc'.repeat(16) }))]);
      expect(both.sort()).toEqual(['conflict', 'done']);
      expect(await failure(grant(OTHER, next))).toBe('conflict');
      expect(await failure(grant(AGENT, { expectEpoch: 2, expectSession: 2, epoch: 1, session: 3 }))).toBe('invalid');
      expect(await failure(grant(AGENT, { expectEpoch: 2, expectSession: 2, epoch: 2, session: 2 }))).toBe('invalid');
      expect(await failure(grant(AGENT, { expectEpoch: 2, expectSession: 2, epoch: 2, session: 3, sizeBytes: SIZE + 1 }))).toBe('invalid');
      const line = new LineWriter(SIZE);
      await appendAll(store, AGENT, [line.next((memory) => memory.setU32(0, 1), 1, 2)]);
      const later = { expectEpoch: 2, expectSession: 2, epoch: 3, session: 3 };
      expect(await failure(grant(AGENT, { ...later, expectSequence: 0 }))).toBe('conflict');
      expect((await load(AGENT))!.epoch).toBe(2);
      await grant(AGENT, { ...later, expectSequence: 1 });
      store = await under.reopen();
      expect((await load(AGENT))!.epoch).toBe(3);
    });

    it('a grant with content is one write: the board, the epoch and the new head, or nothing of it', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      await appendAll(store, AGENT, fiveCommits(line));
      const before = (await load(AGENT))!;
      const restored = line.next((memory) => memory.setU32(0, 77));
      const next = { expectEpoch: 1, expectSession: 1, epoch: 2, session: 2, boardId: 'cc'.repeat(16), leaseMs: 5000 };
      const refusals = [
        [{ ...next, append: { ...restored, baseSequence: 4 } }, 'conflict'],
        [{ ...next, append: { ...restored, sequence: 5 } }, 'invalid'],
        [{ ...next, append: { ...restored, delta: Uint8Array.of(0x80, 0xff, 0x7f, 9) } }, 'invalid'],
        [{ ...next, expectSession: 0, append: restored }, 'conflict'],
        [{ ...next, leaseMs: 1e12 }, 'invalid'],
      ] as const;
      for (const [change, code] of refusals) expect(await failure(grant(AGENT, change))).toBe(code);
      expect(await failure(grant(OTHER, { append: { ...restored, baseSequence: 0 } }))).toBe('missing');
      expect(await load(AGENT)).toEqual(before);
      expect(await load(OTHER)).toBeUndefined();
      await grant(AGENT, { ...next, append: restored });
      const owned = { epoch: 2, session: 2, boardId: 'cc'.repeat(16), leaseMs: 5000, sequence: 6, headEpoch: 2, digest: restored.digest };
      for (let reopened = 0; reopened < 2; reopened++) {
        const agent = (await load(AGENT))!;
        expect(agent).toMatchObject(owned);
        expect(Buffer.from(agent.state).equals(line.state)).toBe(true);
        expect((await asked<readonly AgentRecord[]>((done) => store.list(done)))[0]).toMatchObject(owned);
        expect((await asked<VerifyReport>((done) => store.verify(AGENT, done))).faults).toEqual([]);
        store = await under.reopen();
      }
      await appendAll(store, AGENT, [line.next((memory) => memory.setU32(4, 78), 1, 2)]);
      expect((await load(AGENT))!.sequence).toBe(7);
    });

    it('keeps one plan per agent, through grants, appends and reopenings, until it is taken away', async () => {
      await grant(AGENT);
      const put = (plan: Uint8Array | undefined) => asked<void>((done) => store.putPlan(AGENT, plan, done));
      const both = async () => [
        (await load(AGENT))!.plan,
        (await asked<readonly AgentRecord[]>((done) => store.list(done))).map(({ plan }) => plan)[0],
      ];
      expect(await both()).toEqual([undefined, undefined]);
      const mine = Uint8Array.of(1, 2, 3);
      const stored = put(mine);
      mine.fill(9);
      await stored;
      await put(Uint8Array.of(4, 5));
      await grant(AGENT, { expectEpoch: 1, expectSession: 1, epoch: 2, session: 2 });
      await appendAll(store, AGENT, [new LineWriter(SIZE).next((memory) => memory.setU32(0, 1), 1, 2)]);
      for (let reopened = 0; reopened < 2; reopened++) {
        expect((await both()).map((plan) => [...plan!])).toEqual([
          [4, 5],
          [4, 5],
        ]);
        store = await under.reopen();
      }
      expect(await failure(put(new Uint8Array(4097)))).toBe('invalid');
      expect(await failure(asked((done) => store.putPlan(UNKNOWN, mine, done)))).toBe('missing');
      await put(undefined);
      store = await under.reopen();
      expect(await both()).toEqual([undefined, undefined]);
      await put(mine);
      await asked<void>((done) => store.forget(AGENT, done));
      await grant(AGENT);
      expect(await both()).toEqual([undefined, undefined]);
    });

    it('I4, I6: an append of another epoch or base, or that is malformed, changes nothing', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      await appendAll(store, AGENT, fiveCommits(line));
      const before = await load(AGENT);
      const good = line.next((memory) => memory.setU32(900, 7));
      const refusals = [
        [{ ...good, epoch: 2 }, 'conflict'],
        [{ ...good, epoch: 0 }, 'conflict'],
        [{ ...good, baseSequence: 4 }, 'conflict'],
        [{ ...good, sequence: 5 }, 'invalid'],
        [{ ...good, delta: good.delta.subarray(0, good.delta.length - 1) }, 'invalid'],
        [{ ...good, delta: Uint8Array.of(...good.delta, 0) }, 'invalid'],
        [{ ...good, delta: Uint8Array.of(0x80, 0xff, 0x7f, 9) }, 'invalid'],
      ] as const;
      for (const [append, code] of refusals) expect(await failure(asked((done) => store.append(AGENT, append, done)))).toBe(code);
      expect(await failure(asked((done) => store.append(UNKNOWN, good, done)))).toBe('missing');
      expect(await load(AGENT)).toEqual(before);
      await appendAll(store, AGENT, [good]);
      expect(Buffer.from((await load(AGENT))!.state).equals(line.state)).toBe(true);
    });

    it('gives any retained sequence, and for a coalesced one the nearest lower', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      const states = new Map<number, Buffer>([[0, Buffer.from(line.state)]]);
      const appends = [];
      for (const commits of [1, 1, 5, 1, 3]) {
        appends.push(line.next((memory) => memory.setU32(line.sequence * 4, line.sequence + 1), commits));
        states.set(line.sequence, Buffer.from(line.state));
      }
      await appendAll(store, AGENT, appends);
      for (let wanted = 0; wanted < 20; wanted++) {
        const found = (await asked<StateAt | undefined>((done) => store.stateAt(AGENT, wanted, done)))!;
        expect(found.sequence).toBe([...states.keys()].filter((sequence) => sequence <= wanted).at(-1));
        expect(states.get(found.sequence)!.equals(found.state)).toBe(true);
      }
      const history = await asked<readonly HistoryPoint[]>((done) => store.history(AGENT, done));
      expect(history.map(({ sequence, commits, digest, deltaBytes }) => [sequence, commits, digest, deltaBytes])).toEqual(
        appends.map(({ sequence, commits, digest, delta }) => [sequence, commits, digest, delta.length]),
      );
      const report = await asked<VerifyReport>((done) => store.verify(AGENT, done));
      expect(report).toEqual({ agentId: AGENT, points: appends.length, faults: [] });
    });

    it('hundreds of commits, with the checkpoints they bring, keep every retained point', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      const appends = Array.from({ length: 300 }, (_, index) => line.next((memory) => memory.setU32((index % 200) * 4, index + 1)));
      await appendAll(store, AGENT, appends);
      store = await under.reopen();
      const report = await asked<VerifyReport>((done) => store.verify(AGENT, done));
      expect(report.faults).toEqual([]);
      expect(report.points).toBe((await asked<readonly HistoryPoint[]>((done) => store.history(AGENT, done))).length);
      expect(Buffer.from((await load(AGENT))!.state).equals(line.state)).toBe(true);
    });

    it('inputs keep their order and their numbers are never used twice', async () => {
      await grant(AGENT);
      const put = (number: number, text: string) =>
        asked<void>((done) => store.putInput(AGENT, { number, bytes: Buffer.from(text) }, done));
      const waiting = async () =>
        (await asked<readonly StoredInput[]>((done) => store.inputs(AGENT, done))).map(({ number, bytes }) => [
          number,
          Buffer.from(bytes).toString(),
        ]);
      await Promise.all([put(1, 'one'), put(2, 'two'), put(3, 'three')]);
      expect(await failure(put(3, 'again'))).toBe('conflict');
      expect(await failure(put(9, 'x'.repeat(241)))).toBe('invalid');
      await asked<void>((done) => store.dropInputs(AGENT, 2, done));
      expect(await waiting()).toEqual([[3, 'three']]);
      await asked<void>((done) => store.dropInputs(AGENT, 9, done));
      store = await under.reopen();
      expect(await waiting()).toEqual([]);
      expect(await failure(put(3, 'once more'))).toBe('conflict');
      await put(4, 'four');
      expect(await waiting()).toEqual([[4, 'four']]);
    });

    it('keeps events and schemas', async () => {
      await grant(AGENT);
      for (const kind of ['refused', 'diverged'])
        await asked<void>((done) => store.putEvent(AGENT, { kind, detail: '{"by":"test"}' }, done));
      await asked<void>((done) => store.putSchema(FINGERPRINT, Uint8Array.of(1, 2, 3), done));
      store = await under.reopen();
      expect((await asked<readonly StoredEvent[]>((done) => store.events(AGENT, done))).map(({ kind }) => kind)).toEqual([
        'refused',
        'diverged',
      ]);
      expect([...(await asked<Uint8Array>((done) => store.getSchema(FINGERPRINT, done)))]).toEqual([1, 2, 3]);
      expect(await asked((done) => store.getSchema('00'.repeat(8), done))).toBeUndefined();
    });

    it('forgets one agent wholly and no other', async () => {
      await grant(AGENT);
      await grant(OTHER);
      const line = new LineWriter(SIZE);
      await appendAll(store, AGENT, fiveCommits(line));
      await asked<void>((done) => store.putInput(AGENT, { number: 1, bytes: Uint8Array.of(1) }, done));
      await asked<void>((done) => store.forget(AGENT, done));
      expect(await failure(asked((done) => store.forget(AGENT, done)))).toBe('missing');
      store = await under.reopen();
      expect(await load(AGENT)).toBeUndefined();
      expect((await asked<readonly AgentRecord[]>((done) => store.list(done))).map(({ agentId }) => agentId)).toEqual([OTHER]);
      await grant(AGENT);
      expect((await load(AGENT))!.sequence).toBe(0);
      expect(await asked((done) => store.inputs(AGENT, done))).toEqual([]);
    });

    it('says "missing" of an agent that it does not have', async () => {
      const calls = [
        asked((done) => store.stateAt(UNKNOWN, 1, done)),
        asked((done) => store.history(UNKNOWN, done)),
        asked((done) => store.putInput(UNKNOWN, { number: 1, bytes: new Uint8Array(1) }, done)),
        asked((done) => store.inputs(UNKNOWN, done)),
        asked((done) => store.dropInputs(UNKNOWN, 1, done)),
        asked((done) => store.putEvent(UNKNOWN, { kind: 'k', detail: '{}' }, done)),
        asked((done) => store.events(UNKNOWN, done)),
        asked((done) => store.forget(UNKNOWN, done)),
        asked((done) => store.verify(UNKNOWN, done)),
      ];
      expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => 'missing'));
    });

    it('answers every call after close with "closed", and none inside the call', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      const [append] = fiveCommits(line);
      await asked<void>((done) => store.close(done));
      let inside = true;
      const calls = [
        asked((done) => store.load(AGENT, done)),
        asked((done) => store.append(AGENT, append!, done)),
        asked((done) => store.putSchema(FINGERPRINT, new Uint8Array(1), done)),
        asked((done) => store.list(done)),
        asked((done) => store.close(done)),
      ].map((call) => failure(call).then((code) => (inside ? 'inside' : code)));
      inside = false;
      expect(await Promise.all(calls)).toEqual(calls.map(() => 'closed'));
    });

    it('hands out copies, and keeps none of its caller', async () => {
      await grant(AGENT);
      const line = new LineWriter(SIZE);
      await appendAll(store, AGENT, fiveCommits(line));
      const bytes = Uint8Array.of(1, 2, 3);
      const stored = Promise.all([
        asked<void>((done) => store.putInput(AGENT, { number: 1, bytes }, done)),
        asked<void>((done) => store.putSchema(FINGERPRINT, bytes, done)),
      ]);
      bytes.fill(9);
      await stored;
      (await load(AGENT))!.state.fill(9);
      (await asked<StateAt>((done) => store.stateAt(AGENT, 5, done))).state.fill(9);
      expect(Buffer.from((await load(AGENT))!.state).equals(line.state)).toBe(true);
      expect([...(await asked<readonly StoredInput[]>((done) => store.inputs(AGENT, done)))[0]!.bytes]).toEqual([1, 2, 3]);
      expect([...(await asked<Uint8Array>((done) => store.getSchema(FINGERPRINT, done)))]).toEqual([1, 2, 3]);
    });

    it('I1: a random history of several agents reads as a plain model says', async () => {
      const writes = fc.array(
        fc.record({
          agent: fc.integer({ min: 0, max: 2 }),
          at: fc.integer({ min: 0, max: 249 }),
          value: fc.nat(),
          commits: fc.integer({ min: 1, max: 9 }),
        }),
        { minLength: 1, maxLength: 60 },
      );
      await fc.assert(
        fc.asyncProperty(writes, async (list) => {
          const fresh = await open();
          try {
            const agents = [AGENT, OTHER, UNKNOWN];
            const lines = agents.map(() => new LineWriter(SIZE));
            for (const agentId of agents) await asked<void>((done) => fresh.store.grant(agentId, firstGrant(SIZE), done));
            const pending = list.flatMap(({ agent, at, value, commits }) => {
              const line = lines[agent]!;
              if (line.memory.getU32(at * 4) === value) return [];
              return [appendAll(fresh.store, agents[agent]!, [line.next((memory) => memory.setU32(at * 4, value), commits)])];
            });
            await Promise.all(pending);
            const reopened = await fresh.reopen();
            for (const [index, agentId] of agents.entries()) {
              const agent = await asked<StoredAgent>((done) => reopened.load(agentId, done));
              expect(Buffer.from(agent.state).equals(lines[index]!.state)).toBe(true);
              expect(agent.sequence).toBe(lines[index]!.sequence);
            }
          } finally {
            await fresh.end();
          }
        }),
        { numRuns: 25, seed: 20261122 },
      );
    });
  });
}
