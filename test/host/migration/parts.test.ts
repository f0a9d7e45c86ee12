import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incompatibility } from '../../../host/migration/compatibility.js';
import { Convergence, pendingChange } from '../../../host/migration/convergence.js';
import { deltaBetween } from '../../../host/migration/delta-between.js';
import { decodePlan, encodePlan, isOpen, type Plan } from '../../../host/migration/plan.js';
import { StateBuilder } from '../../../host/store/state-builder.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const SEED = 20261122;

describe('the change to an older content', () => {
  const states = fc.integer({ min: 1, max: 3000 }).chain((size) =>
    fc.record({
      from: fc.uint8Array({ minLength: size, maxLength: size }),
      edits: fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: 255 })), { maxLength: 40 }),
      all: fc.boolean(),
    }),
  );

  it(`I1: leads from one to the other, byte for byte, and holds the granules that differ alone (seed ${SEED})`, () => {
    fc.assert(
      fc.property(states, ({ from, edits, all }) => {
        const to = all ? from.map((byte) => byte ^ 0x5a) : from.slice();
        for (const [at, value] of edits) to[at] = value;
        const head = new PageMemory({ sizeBytes: from.length, maskCount: 0, copyCount: 0 });
        head.load(0, from, 0, from.length);
        const { delta, digest } = deltaBetween(head, to);
        const builder = new StateBuilder(from.length);
        builder.restart(from, 1, 1);
        expect(builder.apply(delta, 2, 2)).toBe(true);
        expect(Buffer.compare(builder.state, to)).toBe(0);
        expect(builder.digest).toBe(digest);
        expect(Buffer.compare(head.bytes.subarray(0, from.length), from)).toBe(0);
        const copy = new PageMemory({ sizeBytes: to.length });
        copy.load(0, to, 0, to.length);
        const { bytes, pages } = pendingChange(head, copy);
        expect(bytes === 0).toBe(Buffer.compare(from, to) === 0);
        expect(pages).toBeLessThanOrEqual(head.pageCount);
        expect(delta.length).toBeLessThanOrEqual(Math.max(1, bytes));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('plans', () => {
  const plan: Plan = {
    version: 1,
    kind: 'migrate',
    source: 'b1'.repeat(16),
    target: 'b2'.repeat(16),
    phase: 'filling',
    maxDowntimeMs: 100,
  };

  it('are read as they were written; open are those that something is to be done for', () => {
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
    expect(decodePlan(undefined)).toBeUndefined();
    expect((['filling', 'aborting', 'done', 'aborted'] as const).map((phase) => isOpen({ ...plan, phase }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it(`I6: whatever else is in the store is no plan (seed ${SEED})`, () => {
    const wrong = [
      {},
      { ...plan, version: 2 },
      { ...plan, target: 'b2' },
      { ...plan, more: 1 },
      { ...plan, phase: 'granting' },
      { ...plan, maxDowntimeMs: -1 },
    ];
    for (const value of wrong) expect(decodePlan(Buffer.from(JSON.stringify(value)))).toBeUndefined();
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, (noise) => decodePlan(noise) === undefined),
      { seed: SEED },
    );
  });
});

describe('compatibility', () => {
  const agent = { agentName: 'a', sizeBytes: 100, fingerprint: 'f1'.repeat(8), runtimeBlock: true, sequence: 1 };
  const board = { ...agent, boardId: 'b2'.repeat(16) };

  it('names what does not fit, and the way out', () => {
    expect(incompatibility(agent, board)).toBeUndefined();
    expect(incompatibility({ ...agent, sequence: 0 }, board)).toContain('no commit');
    expect(incompatibility(agent, { ...board, agentName: 'b' })).toContain('flash');
    expect(incompatibility(agent, { ...board, sizeBytes: 104 })).toContain('104 bytes');
    expect(incompatibility(agent, { ...board, fingerprint: 'f2'.repeat(8) })).toContain('schema');
    expect(incompatibility(agent, { ...board, runtimeBlock: false })).toContain('schema');
  });
});

describe('convergence', () => {
  it('freezes when little is left, follows while it shrinks, and then freezes or refuses', () => {
    const measured = () => {
      const convergence = new Convergence();
      convergence.measured(10_000, 1000);
      return convergence;
    };
    expect(measured().decide(0, 10, undefined)).toBe('freeze');
    const shrinking = measured();
    expect([5000, 2000, 1000, 100].map((left) => shrinking.decide(left, 10, undefined))).toEqual(['follow', 'follow', 'follow', 'freeze']);
    const steady = measured();
    expect([5000, 4900].map((left) => steady.decide(left, 10, undefined))).toEqual(['follow', 'freeze']);
    expect(steady.converges).toBe(false);
    expect(steady.predictedMs).toBe(10 + 2 * 490);
    expect(steady.dirtyBytesPerMs).toBeCloseTo(4.9);
    const limited = measured();
    expect([5000, 4900].map((left) => limited.decide(left, 10, 500))).toEqual(['follow', 'refuse']);
    expect([5000, 4900].map((left) => measured().decide(left, 10, 500) && limited.decide(left, 10, 2000))).toEqual(['freeze', 'freeze']);
  });
});
