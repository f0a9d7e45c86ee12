import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Choices } from '../../sim/explore/choices.js';
import { replay } from '../../sim/explore/explore.js';
import { type Explorer, exploreApart } from '../../sim/explore/explore-apart.js';
import type { ExploreOptions } from '../../sim/explore/explored-run.js';
import type { Sequel } from '../../sim/explore/twins.js';
import type { OrderKind } from '../../sim/moves/world.js';
import { MOVE_MUTANTS } from '../../sim/mutants/move-mutants.js';
import { bundleExplorer } from './explorer.js';
import type { TwinsRequest } from './twins-worker.js';

const TIMEOUT_MS = 580_000;
/** Three minutes of one core; a machine that does much else besides has less of it. */
const TWO_CRASHES_TIMEOUT_MS = 1_500_000;
const STATES_MAX = 1_000_000;
const ORDERS: readonly OrderKind[] = ['migrate', 'restore', 'rewind'];
/** Caught by one crash; the seeds catch all of them. */
const MUTANTS_OF_ONE_CRASH = ['activate before the grant is durable', 'thaw in the same epoch', 'frozen board runs on'];

const folder = mkdtempSync(join(tmpdir(), 'godwit-explore-'));
let explorer: Explorer;

beforeAll(async () => {
  explorer = await bundleExplorer(join(folder, 'explorer.mjs'));
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

const options = (order: OrderKind, crashes: number, more: Partial<ExploreOptions> = {}): ExploreOptions => ({
  ...{ vacant: 1, leaseMs: 0, order, crashes, delays: 0 },
  ...more,
});

async function exploreAll(explored: ExploreOptions) {
  const found = await exploreApart(explored, { statesMax: STATES_MAX }, explorer);
  const { states, runs, isComplete, ends } = found;
  const { order, crashes, delays, leaseMs, isUnreduced } = explored;
  const more = `${delays > 0 ? `, ${delays} ${delays === 1 ? 'delay' : 'delays'}` : ''}${leaseMs > 0 ? `, a lease of ${leaseMs} ms` : ''}${isUnreduced ? ', unreduced' : ''}`;
  const what = `${order}, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}${more}`;
  console.log(`${what}: ${states} states, ${runs} runs, ${ends.length} ends, ${isComplete ? 'complete' : 'NOT complete'}`);
  expect(found.failure).toBeUndefined();
  expect(isComplete).toBe(true);
  return found;
}

describe('every interleaving of one move, with deaths of any party at any step: one owner, nothing acknowledged is lost, the count has no gap and no repeat (I1, I2, I4)', () => {
  it.each(ORDERS)('%s without a crash ends in one way', async (order) => {
    const { ends } = await exploreAll(options(order, 0));
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatch(/^B owns epoch 2, (migrate|restore) done/);
  });

  it(
    'migrate with two crashes',
    async () => {
      const { states } = await exploreAll(options('migrate', 2));
      expect(states).toBeGreaterThan(100_000);
    },
    TWO_CRASHES_TIMEOUT_MS,
  );

  it.each(ORDERS)(
    '%s, once with time that passes although something is on its way',
    async (order) => void (await exploreAll(options(order, 0, { delays: 1 }))),
    TIMEOUT_MS,
  );

  it.each(['restore', 'rewind'] as const)('%s with one crash', async (order) => void (await exploreAll(options(order, 1))), TIMEOUT_MS);

  it('migrate with one crash and a lease', async () => void (await exploreAll(options('migrate', 1, { leaseMs: 1000 }))), TIMEOUT_MS);
});

describe('what is left out of the exploration', () => {
  it.each([
    ['migrate', 1],
    ['restore', 0],
    ['rewind', 0],
  ] as const)(
    '%s with %i crashes: steps in every order, also of those whose order changes nothing, lead to no other end',
    async (order, crashes) => {
      const reduced = await exploreAll(options(order, crashes));
      const whole = await exploreAll(options(order, crashes, { isUnreduced: true }));
      expect(reduced.ends).toEqual(whole.ends);
      expect(reduced.states).toBeLessThan(whole.states);
    },
    TIMEOUT_MS,
  );

  it.each(ORDERS)(
    '%s: two runs that met in one state go on alike, whatever comes',
    async (order) => {
      const { workerUrl } = await bundleExplorer(join(folder, 'twins.mjs'), [], 'test/sim/twins-worker.ts');
      const request: TwinsRequest = { options: options(order, 2), statesMax: 4000, every: 8, seed: 1 };
      const worker = new Worker(workerUrl);
      const pairs = await new Promise<Sequel[][]>((resolve, reject) => {
        worker.on('message', resolve).on('error', reject);
        worker.postMessage(request);
      });
      await worker.terminate();
      expect(pairs.length).toBeGreaterThan(50);
      for (const [first, second] of pairs) {
        expect(second).toEqual(first);
        expect(first!.digests.length).toBeGreaterThan(0);
      }
    },
    TIMEOUT_MS,
  );
});

describe('broken protocols', () => {
  it.each(MUTANTS_OF_ONE_CRASH)(
    'one crash is enough to catch: %s',
    async (name) => {
      const { patches } = MOVE_MUTANTS.find((mutant) => mutant.name === name)!;
      const broken = await bundleExplorer(join(folder, `${name.replaceAll(' ', '-')}.mjs`), patches);
      const { failure } = await exploreApart(options('migrate', 1), { statesMax: STATES_MAX }, broken);
      expect(failure?.message).toBeDefined();
      expect(failure!.story.length).toBe(failure!.choices.length);
    },
    TIMEOUT_MS,
  );
});

describe('one run', () => {
  it('the same choices make the same run (I8)', () => {
    const first = replay(options('migrate', 1), [1]);
    const second = replay(options('migrate', 1), [1]);
    expect(second.choices.made).toEqual(first.choices.made);
    expect(second.world.history.describe()).toBe(first.world.history.describe());
    expect(replay(options('migrate', 1), []).choices.made).not.toEqual(first.choices.made);
  });

  it('a list that no run can follow is an error', () => {
    const choices = new Choices([2]);
    expect(choices.choose(['only'])).toBe(0);
    expect(() => choices.choose(['one', 'other'])).toThrow(/choice 0: 2 of 2/);
  });
});
