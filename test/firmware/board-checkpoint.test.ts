import { describe, expect, it } from 'vitest';
import { BOARD_ACTIVE } from '../../firmware/board.js';
import { AGENT_CREATED, AGENT_RUNNING, defineAgent } from '../../src/agent/index.js';
import { array, text, u32 } from '../../src/state/index.js';
import { ENROL_REPLACE } from '../../src/wire/constants.js';
import { SETTINGS } from './support/enrol.js';
import { EspBench } from './support/esp-bench.js';

const EVERY_MS = 20_000;
const MAGIC = 0x31435747;

const walker = defineAgent({
  name: 'walker',
  state: { ticks: u32, words: u32, last: text(40), values: array(2000, u32) },
  whenHostAway: 'run',
  initialise: (_state, turn) => turn.every('tick', 200),
  timers: {
    tick(state) {
      state.ticks += 1;
      state.values.set((state.ticks * 37) % 2000, Math.imul(state.ticks, 2654435761) >>> 0);
    },
  },
  message(state, message) {
    state.words += 1;
    state.last = message.text().slice(0, 40);
  },
});

/** A board that saves its 8 KB of state every 20 s, in three erases of 45 ms and a write of 23 ms. */
function bench(): EspBench {
  return new EspBench(walker, { flashBlocks: 8, config: { settings: SETTINGS, runner: { checkpointEveryMs: EVERY_MS } } });
}

/** Messages all the time, while the board saves again and again. */
function underLoad(made: EspBench, forMs: number): void {
  for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
    made.send('a message as long as a frame may be: '.padEnd(200, '.'));
    made.run(100);
  }
}

describe('checkpoints of a running board', () => {
  it('I5: the host holds while the flash stops the core: nothing is lost', () => {
    const made = bench();
    made.startHost();
    made.powerOn();
    underLoad(made, 70_000);
    const { counters, link } = made.board!.runner!;
    expect(counters.checkpoints).toBeGreaterThanOrEqual(3);
    expect([made.uart.overrunBytes, made.board!.serial.counters.skippedBytes]).toEqual([0, 0]);
    expect(link.counters.silences).toBe(0);
    made.settle();
    expect(made.isEqual).toBe(true);
  });

  it('without that the FIFO overflows, and the line heals', () => {
    const made = bench();
    made.startHost();
    made.powerOn();
    const { link } = made.board!.runner!;
    link.pauseReceiving = () => undefined;
    link.isReceivingPaused = () => true;
    underLoad(made, 70_000);
    expect(made.board!.runner!.counters.checkpoints).toBeGreaterThanOrEqual(3);
    expect(made.uart.overrunBytes).toBeGreaterThan(0);
    made.settle();
    expect(made.isEqual).toBe(true);
  });

  it('with a host that does not answer it is saved all the same', () => {
    const made = bench();
    made.startHost();
    made.powerOn();
    made.run(15_000);
    const before = made.board!.runner!.counters.checkpoints;
    made.uart.toHost = () => undefined;
    made.run(EVERY_MS * 2);
    expect(made.board!.runner!.counters.checkpoints).toBeGreaterThan(before);
  });

  it('a board whose host is away goes on from the newest whole one; a torn one falls back to the older', () => {
    const made = bench();
    made.startHost();
    made.powerOn();
    made.run(45_000);
    const ticksThen = made.field('ticks');
    expect(made.board!.runner!.counters.checkpoints).toBeGreaterThanOrEqual(2);
    made.crashHost();
    made.powerCut();
    made.flash!.bytesLeft = Number.POSITIVE_INFINITY;
    // The slot written last is torn: its header says what its state is not.
    const { bytes } = made.flash!;
    const newest = new DataView(bytes.buffer).getUint32(8, true) > new DataView(bytes.buffer).getUint32(8 + 4 * 4096, true) ? 0 : 4 * 4096;
    bytes[newest + 5000]! ^= 0x10;
    made.powerOn();
    made.run(9000);
    expect(made.board!.runner!.phase).toBe(AGENT_CREATED);
    made.run(3000);
    const { runner } = made.board!;
    expect([made.board!.phase, runner!.phase, runner!.counters.startsAlone]).toEqual([BOARD_ACTIVE, AGENT_RUNNING, 1]);
    expect(made.field('ticks')).toBeLessThan(ticksThen - 50);
    expect(made.field('ticks')).toBeGreaterThan(0);
    made.startHost();
    made.run(12_000);
    made.settle();
    expect(made.isEqual).toBe(true);
  });

  it('one of another agent is not taken: an enrolment that changes the agent erases it', () => {
    const made = bench();
    made.startHost();
    made.powerOn();
    made.enrol(SETTINGS);
    made.run(45_000);
    expect(made.board!.runner!.counters.checkpoints).toBeGreaterThanOrEqual(2);
    made.crashHost();
    made.enrol({ ...SETTINGS, agentId: new Uint8Array(16).fill(0xa2) }, ENROL_REPLACE);
    made.run(30_000);
    const { phase, counters } = made.board!.runner!;
    expect([phase, counters.startsAlone]).toEqual([AGENT_CREATED, 0]);
  });

  it.each([
    ['the agent', { agentId: new Uint8Array(16).fill(0xa2) }],
    ['the board', { boardId: new Uint8Array(16).fill(0xb2) }],
  ])('nor if the power goes before an enrolment that changes %s is followed, nor from flash that cannot be erased', (_what, change) => {
    for (const isBroken of [false, true]) {
      const made = bench();
      made.startHost();
      made.powerOn();
      made.enrol(SETTINGS);
      made.run(45_000);
      made.crashHost();
      made.enrol({ ...SETTINGS, ...change }, ENROL_REPLACE);
      made.run(50);
      made.powerCut();
      const headers = () => [0, 4 * 4096].map((at) => new DataView(made.flash!.bytes.buffer).getUint32(at, true));
      expect(headers()).toEqual([MAGIC, MAGIC]);
      made.flash!.isBroken = isBroken;
      made.powerOn();
      expect(made.board!.settings).toMatchObject(change);
      made.run(30_000);
      const { phase, counters } = made.board!.runner!;
      expect([phase, counters.startsAlone]).toEqual([AGENT_CREATED, 0]);
      expect(headers().includes(MAGIC)).toBe(isBroken);
    }
  });

  it('restarts do not wear the flash out: no write in the first minutes of a life, but for the very first checkpoint', () => {
    const made = bench();
    made.startHost();
    for (let life = 0; life < 30; life++) {
      made.powerOn();
      made.run(3000);
      made.powerCut();
    }
    expect(Math.max(...made.flash!.erases)).toBeLessThanOrEqual(1);
  });

  it('unless told otherwise one is written in ten minutes, A and B in turn', () => {
    const made = new EspBench(walker, { flashBlocks: 8, config: { settings: SETTINGS } });
    made.startHost();
    made.powerOn();
    made.run(3_660_000);
    expect(made.board!.runner!.counters.checkpoints).toBe(7);
    expect([made.flash!.erases[0], made.flash!.erases[4]].sort()).toEqual([3, 4]);
  });

  it('flash that refuses is left alone for as long as after a success; the agent runs on', () => {
    const made = bench();
    made.flash!.isBroken = true;
    made.startHost();
    made.powerOn();
    made.run(5 * EVERY_MS);
    const { counters, phase } = made.board!.runner!;
    expect([phase, counters.checkpoints, counters.checkpointsFailed]).toEqual([AGENT_RUNNING, 0, 5]);
    made.settle();
    expect(made.isEqual).toBe(true);
  });

  it('a board without room for checkpoints says so, and runs', () => {
    const made = new EspBench(walker, { flashBlocks: 2 });
    made.startHost();
    made.powerOn();
    made.run(3000);
    expect(made.reports).toContainEqual({ code: 9, text: expect.stringContaining('two slots of') });
    made.settle();
    expect(made.isEqual).toBe(true);
  });
});
