import { describe, expect, it } from 'vitest';
import {
  AGENT_FROZEN,
  AGENT_RUNNING,
  AGENT_VACANT,
  AgentRunner,
  type AgentRunnerOptions,
  defineAgent,
  MemorySlots,
} from '../../../src/agent/index.js';
import { u32 } from '../../../src/state/index.js';
import { AGENT, MovingHost } from '../link/moving-host.js';

const PERIOD_MS = 100;

const options = {
  name: 'counter',
  state: { count: u32, lastMs: u32 },
  initialise(_state: unknown, turn: { every(name: 'tick', ms: number): void }) {
    turn.every('tick', PERIOD_MS);
  },
  timers: {
    tick(state: { count: number; lastMs: number }, turn: { nowMs: number }) {
      state.count++;
      state.lastMs = turn.nowMs;
    },
  },
} as const;
const counter = defineAgent(options);
const lonely = defineAgent({ ...options, whenHostAway: 'run' });
const leased = defineAgent({ ...options, lease: 1000 });

interface Stored {
  agent: Uint8Array | undefined;
  epoch: number;
  isBroken: boolean;
}

/** Boards with an agent's runner each, and a host, on lines without faults. */
class Fleet {
  nowMs = 1000;
  readonly runners: AgentRunner[] = [];
  readonly flash: Stored[] = [];
  readonly cut = new Set<number>();
  readonly host: MovingHost;

  constructor(definition: typeof counter, more: readonly Partial<AgentRunnerOptions>[]) {
    this.host = new MovingHost(definition.sizeBytes, more.length);
    more.forEach((options, index) => {
      const stored: Stored = { agent: index === 0 ? AGENT : undefined, epoch: 0, isBroken: false };
      this.flash.push(stored);
      const ownership = {
        storeOwned(agentId: Uint8Array, epoch: number) {
          if (!stored.isBroken) Object.assign(stored, { agent: agentId.slice(), epoch });
          return !stored.isBroken;
        },
        storeRetired: (agentId: Uint8Array, epoch: number) => void Object.assign(stored, { agent: undefined, epoch: epoch + agentId[0]! }),
      };
      const identity = {
        boardId: new Uint8Array(16).fill(index + 1),
        agentId: index === 0 ? AGENT : new Uint8Array(16),
        bootNonce: index + 1,
      };
      const runner = new AgentRunner(definition, { ...identity, vacant: index > 0, ownership, link: { compress: false }, ...options });
      this.runners.push(runner);
      runner.connected(this.nowMs);
    });
  }

  count(index: number): number {
    return (this.runners[index]!.state as { count: number }).count;
  }

  pass(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 5) {
      this.host.step();
      this.runners.forEach((runner, index) => {
        runner.tick(this.nowMs);
        const isCut = this.cut.has(index);
        for (let count = runner.poll(this.nowMs); count > 0; count = runner.poll(this.nowMs)) {
          if (!isCut) this.host.receive(this.nowMs, index, runner.frame.slice(0, count));
        }
        for (let count = this.host.poll(this.nowMs, index); count > 0; count = this.host.poll(this.nowMs, index)) {
          if (!isCut) runner.receive(this.nowMs, this.host.builder.bytes.slice(0, count), 0, count);
        }
      });
    }
  }
}

const phases = (fleet: Fleet) => fleet.runners.map((runner) => runner.phase);

describe('an agent that moves', () => {
  it('goes on counting on the other board, its timers with it; the first board is vacant and blank', () => {
    const slots = new MemorySlots(counter.sizeBytes + 64);
    const fleet = new Fleet(counter, [{ checkpoint: slots }, {}]);
    fleet.pass(2000);
    expect(phases(fleet)).toEqual([AGENT_RUNNING, AGENT_VACANT]);
    expect(fleet.count(0)).toBe(19);
    fleet.host.target = 1;
    fleet.pass(5000);
    const [source, target] = fleet.runners as [AgentRunner, AgentRunner];
    expect(phases(fleet)).toEqual([AGENT_VACANT, AGENT_RUNNING]);
    expect(fleet.flash).toMatchObject([
      { agent: undefined, epoch: 2 + AGENT[0]! },
      { agent: AGENT, epoch: 2 },
    ]);
    expect(source.memory.bytes.slice(0, counter.sizeBytes).every((byte) => byte === 0)).toBe(true);
    expect([source.counters.retirements, target.counters.activations]).toEqual([1, 1]);
    const { count, lastMs } = target.state as { count: number; lastMs: number };
    // No tick was lost or ran twice: the agent's own clock stood still while it moved, no longer than that took.
    expect(lastMs).toBe(count * PERIOD_MS);
    expect(count).toBeGreaterThanOrEqual(66);
    fleet.host.target = 0;
    fleet.pass(10_000);
    expect(phases(fleet)).toEqual([AGENT_RUNNING, AGENT_VACANT]);
    const again = source.state as { count: number; lastMs: number };
    expect([again.lastMs, again.count > count]).toEqual([again.count * PERIOD_MS, true]);
  });

  it('has the clock of its state, whatever the board’s own clock was when it ran there before', () => {
    const fleet = new Fleet(counter, [{}, {}]);
    fleet.pass(2000);
    fleet.host.target = 1;
    fleet.pass(3000);
    fleet.host.ends[1]!.owner!.orders.freeze(7);
    fleet.pass(4000);
    fleet.host.target = 0;
    fleet.pass(3000);
    expect(phases(fleet)).toEqual([AGENT_RUNNING, AGENT_VACANT]);
    const { count, lastMs } = fleet.runners[0]!.state as { count: number; lastMs: number };
    expect([lastMs, lastMs < fleet.nowMs - 1000 - 4000]).toEqual([count * PERIOD_MS, true]);
  });

  it('frozen, runs no turn, takes no input and is in no hurry; thawed, it goes on', () => {
    const fleet = new Fleet(counter, [{}]);
    fleet.pass(1000);
    const runner = fleet.runners[0]!;
    fleet.host.ends[0]!.owner!.orders.freeze(3);
    fleet.pass(100);
    const before = fleet.count(0);
    expect([runner.phase, runner.link.isFrozen]).toEqual([AGENT_FROZEN, true]);
    expect(runner.onInput(1, new Uint8Array(4), 0, 4, 0)).toBe(false);
    expect(runner.dueMs(fleet.nowMs)).toBe(runner.link.dueMs(fleet.nowMs));
    fleet.pass(3000);
    expect([fleet.count(0), runner.phase]).toEqual([before, AGENT_FROZEN]);
    expect(fleet.host.grant(fleet.host.record, 0)).toBe(true);
    fleet.host.ends[0]!.owner!.orders.thaw(fleet.host.record.epoch);
    fleet.pass(300);
    expect(runner.phase).toBe(AGENT_RUNNING);
    expect(fleet.count(0)).toBeGreaterThan(before);
  });

  it('does not start on a board that cannot store that it has it, and does once it can', () => {
    const fleet = new Fleet(counter, [{}, {}]);
    fleet.flash[1]!.isBroken = true;
    fleet.pass(1000);
    fleet.host.target = 1;
    fleet.pass(10_000);
    expect(phases(fleet)[1]).toBe(AGENT_VACANT);
    expect(fleet.runners[1]!.link.counters.activationsFailed).toBeGreaterThan(1);
    expect(fleet.flash[1]!.agent).toBe(undefined);
    fleet.flash[1]!.isBroken = false;
    fleet.pass(10_000);
    expect(phases(fleet)).toEqual([AGENT_VACANT, AGENT_RUNNING]);
  });
});

describe('checkpoints', () => {
  it('of an agent that was given up are gone, and are no agent’s after', () => {
    const slots = new MemorySlots(lonely.sizeBytes + 64);
    const fleet = new Fleet(lonely, [{ checkpoint: slots, hostAwayMs: 500, checkpointEveryMs: 200 }, {}]);
    fleet.pass(3000);
    expect(fleet.runners[0]!.counters.checkpoints).toBeGreaterThan(1);
    fleet.host.target = 1;
    fleet.pass(5000);
    const header = new Uint8Array(128);
    for (const slot of [0, 1]) {
      slots.read(slot, 0, header, 64 * slot, 64);
      expect(header.slice(64 * slot, 64 * slot + 64).every((byte) => byte === 0xff)).toBe(true);
    }
    fleet.cut.add(0);
    fleet.pass(5000);
    expect([phases(fleet)[0], fleet.runners[0]!.counters.startsAlone]).toEqual([AGENT_VACANT, 0]);
  });

  it('that a vacant board finds are dropped; while its flash does not let it, it takes no agent', () => {
    class StuckSlots extends MemorySlots {
      isStuck = true;
      override erase(slot: number): void {
        if (this.isStuck) throw new Error('flash');
        super.erase(slot);
      }
    }
    const slots = new StuckSlots(lonely.sizeBytes + 64);
    slots.isStuck = false;
    new Fleet(lonely, [{ checkpoint: slots, checkpointEveryMs: 200 }]).pass(1000);
    slots.isStuck = true;
    const fleet = new Fleet(lonely, [{}, { checkpoint: slots }]);
    fleet.pass(1000);
    fleet.host.target = 1;
    fleet.pass(5000);
    expect(phases(fleet)[1]).toBe(AGENT_VACANT);
    slots.isStuck = false;
    fleet.pass(5000);
    expect(phases(fleet)).toEqual([AGENT_VACANT, AGENT_RUNNING]);
  });
});

describe('a lease', () => {
  it('ends the turns of a board that hears nothing, and wakes nobody until it does', () => {
    const fleet = new Fleet(leased, [{}]);
    fleet.pass(3000);
    const runner = fleet.runners[0]!;
    expect(fleet.count(0)).toBe(29);
    fleet.cut.add(0);
    fleet.pass(3000);
    const count = fleet.count(0);
    expect(count).toBeGreaterThan(29 + 5);
    expect(count).toBeLessThanOrEqual(29 + 10);
    expect(runner.dueMs(fleet.nowMs)).toBe(runner.link.dueMs(fleet.nowMs));
    fleet.cut.clear();
    fleet.pass(9000);
    expect(fleet.count(0)).toBeGreaterThan(count);
    expect([leased.leaseMs, counter.leaseMs]).toEqual([1000, 0]);
  });

  it('is a number of milliseconds, and nothing for an agent that runs without its host', () => {
    for (const lease of [0, 99, 1.5, 86_400_001, Number.NaN]) expect(() => defineAgent({ ...options, lease })).toThrow(RangeError);
    expect(() => defineAgent({ ...options, lease: 1000, whenHostAway: 'run' })).toThrow(/with a lease/);
  });
});
