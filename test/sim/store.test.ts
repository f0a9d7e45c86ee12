import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreError } from '../../host/store/store.js';
import { VirtualClock } from '../../sim/clock.js';
import { CRASH_PHASES } from '../../sim/faults.js';
import { SimDisk, SimStore } from '../../sim/store/sim-store.js';
import { applyStoredRuns } from '../../sim/store/stored-runs.js';

const AGENT = '0123456789abcdef0123456789abcdef';
const GRANT = {
  expectEpoch: 0,
  expectSession: 0,
  epoch: 1,
  session: 1,
  boardId: AGENT,
  agentName: 'lamp',
  sizeBytes: 16,
  fingerprint: '0123456789abcdef',
  runtimeBlock: false,
};

/** Sets the first granule to `value`: one run of one granule, then the end mark. */
const deltaOf = (value: number) => Uint8Array.of(1, value, 0, 0, 0, 0);

const append = (sequence: number) => ({
  epoch: 1,
  baseSequence: sequence - 1,
  sequence,
  digest: sequence,
  delta: deltaOf(sequence),
  commits: 1,
});

function drain(clock: VirtualClock): void {
  while (clock.step(Number.POSITIVE_INFINITY));
}

describe('simulated store', () => {
  it('keeps what it acknowledged and a prefix of the rest, whenever the host dies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25 }), fc.constantFrom(...CRASH_PHASES), fc.nat(1000), (before, phase, seed) => {
        const clock = new VirtualClock();
        const disk = new SimDisk(clock, seed);
        const store = new SimStore(disk);
        let acknowledged = 0;
        let dead = false;
        store.grant(AGENT, GRANT, (error) => expect(error).toBeUndefined());
        for (let sequence = 1; sequence <= 40; sequence++) {
          clock.at(sequence * 1.5, () => {
            store.append(AGENT, append(sequence), (error) => {
              expect(dead).toBe(false);
              if (!error) acknowledged = sequence;
            });
          });
        }
        clock.at(before * 2, () => {
          const crash = () => {
            dead = true;
            store.crash();
          };
          if (phase === 'at-once') crash();
          else disk.armed = { phase, crash };
        });
        drain(clock);
        expect(dead).toBe(true);
        const head = new SimStore(disk).durable(AGENT);
        expect(head?.record.sequence ?? 0).toBeGreaterThanOrEqual(acknowledged);
        if (head) expect(head.state[0]).toBe(head.record.sequence);
      }),
    );
  });

  it('grants and appends by compare-and-set, and a refused write changes nothing', () => {
    const clock = new VirtualClock();
    const disk = new SimDisk(clock, 1);
    const store = new SimStore(disk);
    const codes: (string | undefined)[] = [];
    const note = (error: StoreError | undefined) => void codes.push(error?.code);
    store.append(AGENT, append(1), note);
    store.grant(AGENT, GRANT, note);
    store.grant(AGENT, GRANT, note);
    store.append(AGENT, append(1), note);
    store.append(AGENT, append(1), note);
    store.append(AGENT, { ...append(2), epoch: 2 }, note);
    store.append(AGENT, { ...append(2), delta: Uint8Array.of(9) }, note);
    store.grant(AGENT, { ...GRANT, expectEpoch: 1, expectSession: 1, epoch: 2, session: 2 }, note);
    drain(clock);
    expect([...codes].sort()).toEqual(['conflict', 'conflict', 'conflict', 'invalid', 'missing', undefined, undefined, undefined]);
    expect(disk.image.peek(AGENT)!.record).toMatchObject({ epoch: 2, session: 2, sequence: 1, headEpoch: 1 });
  });

  it('rebuilds any retained sequence from checkpoints and deltas', () => {
    const clock = new VirtualClock();
    const disk = new SimDisk(clock, 1);
    const store = new SimStore(disk);
    store.grant(AGENT, GRANT, () => undefined);
    for (let sequence = 1; sequence <= 40; sequence++) store.append(AGENT, append(sequence), () => undefined);
    drain(clock);
    const seen: number[] = [];
    for (let sequence = 1; sequence <= 45; sequence++)
      store.stateAt(AGENT, sequence, (_, found) => void seen.push(found!.state[0]!, found!.sequence));
    drain(clock);
    expect(seen).toEqual(Array.from({ length: 45 }, (_, i) => [Math.min(i + 1, 40), Math.min(i + 1, 40)]).flat());
  });
});

describe('stored runs, as the checker reads them', () => {
  it('refuses what is no stream of runs', () => {
    for (const bytes of [[], [1], [1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0], [0x88], [8, 0, 0], [0xff, 0xff, 1, 0, 0, 0, 0, 0]]) {
      expect(applyStoredRuns(new Uint8Array(16), Uint8Array.from(bytes))).toBe(false);
    }
  });
});
