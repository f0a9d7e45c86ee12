import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundMs, DowntimeParts } from '../../../host/migration/report.js';
import { counting, MoveWorld } from './world.js';

const RUNS = 60;
const times = fc.integer({ min: 0, max: 1000 });

/** A migration over two lines, with what it reports at its end. */
function moved(options: ConstructorParameters<typeof MoveWorld>[1], writes: number, seed: number, afterMs: number) {
  const world = new MoveWorld(2, options, counting(undefined, 'counting', writes), seed);
  world.settle();
  world.pass(afterMs);
  world.migrate(1);
  world.until(() => world.view?.phase === 'done' || world.view?.phase === 'aborted' || world.refusal !== undefined);
  return world.view;
}

describe('the lower bound of a downtime', () => {
  it('is never more than the downtime, whatever was measured', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 9, maxLength: 9 }), (drawn) => {
        const parts = new DowntimeParts();
        const [freezeMs, freezeSentMs, frozenMs, askedMs, grantedMs, lastRoundMs, targetTripMs, activeMs] = drawn as number[];
        Object.assign(parts, { freezeMs, freezeSentMs, frozenMs, askedMs, grantedMs, lastRoundMs, targetTripMs, activeMs });
        const { bound } = parts;
        for (const ms of Object.values(bound)) expect(ms).toBeGreaterThanOrEqual(0);
        expect(boundMs(bound)).toBeLessThanOrEqual(Math.max(0, activeMs! - freezeMs!));
      }),
    );
  });

  it(`nor in any of ${RUNS} moves over lines that delay, lose and double frames`, () => {
    fc.assert(
      fc.property(
        fc.record({
          latencyMs: fc.integer({ min: 0, max: 40 }),
          jitterMs: fc.constantFrom(0, 0, 5, 30),
          lossUp: fc.constantFrom(0, 0, 0.1, 0.2),
          lossDown: fc.constantFrom(0, 0, 0.1, 0.2),
          duplicate: fc.constantFrom(0, 0.2),
          bytesPerSecond: fc.constantFrom(0, 11_520, 92_160),
        }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 40 }),
        (options, writes, seed, afterMs) => {
          const view = moved(options, writes, seed, afterMs);
          fc.pre(view !== undefined);
          expect(view.lowerBoundMs).toBeLessThanOrEqual(view.downtimeMs);
          expect(view.lowerBoundMs).toBeCloseTo(boundMs(view.lowerBound), 9);
          if (view.phase === 'done') expect(view.lowerBoundMs).toBeGreaterThan(0);
        },
      ),
      { numRuns: RUNS, seed: 20261122 },
    );
  });

  it('is close to the downtime where nothing gets lost, and names each part of it', () => {
    for (const latencyMs of [2, 5, 20]) {
      for (const bytesPerSecond of [0, 11_520]) {
        for (const afterMs of [0, 7, 13]) {
          const { downtimeMs, lowerBoundMs, lowerBound } = moved({ latencyMs, bytesPerSecond }, 4, 1, afterMs)!;
          expect(downtimeMs / lowerBoundMs).toBeLessThan(1.5);
          expect(lowerBound.sourceMs).toBeGreaterThanOrEqual(2 * latencyMs);
          expect(lowerBound.targetMs).toBeGreaterThanOrEqual(2 * latencyMs);
          // The simulated disk takes a millisecond.
          expect(lowerBound.grantMs).toBeCloseTo(1, 3);
        }
      }
    }
  });

  it('counts no time in which a FREEZE was lost', () => {
    const world = new MoveWorld(2, { latencyMs: 5 });
    world.settle();
    world.migrate(1);
    world.until(() => world.view?.phase === 'freezing');
    world.wires[0]!.isCut = true;
    world.pass(150);
    world.wires[0]!.isCut = false;
    world.until(() => world.view?.phase === 'done');
    const { downtimeMs, lowerBoundMs } = world.view!;
    expect(downtimeMs).toBeGreaterThan(150);
    expect(lowerBoundMs).toBeLessThan(80);
  });
});
