import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOARD_ACTIVE, BOARD_BACKING_OFF, BOARD_FENCED, BOARD_UNENROLLED } from '../../firmware/board.js';
import { BACK_OFF_MAX_MS, BACK_OFF_MIN_MS, backOffMs, FREE_RESTARTS, HEALTHY_MS } from '../../firmware/health.js';
import { AGENT_CREATED, AGENT_RUNNING, defineAgent } from '../../src/agent/index.js';
import { array, ring, text, u32 } from '../../src/state/index.js';
import { ByteReader } from '../../src/wire/byte-reader.js';
import {
  CRC_BYTES,
  DIRECTION_DOWN,
  ENROL_REPLACE,
  HEAD_BYTES,
  KIND_HELLO,
  KIND_REFUSED,
  REFUSED_FENCED,
} from '../../src/wire/constants.js';
import { frameSeed, kindOf } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { HelloMessage } from '../../src/wire/hello.js';
import { RefusedMessage } from '../../src/wire/welcome.js';
import { SETTINGS } from './support/enrol.js';
import { EspBench } from './support/esp-bench.js';

const ticker = defineAgent({
  name: 'ticker',
  state: { ticks: u32, values: array(300, u32), heard: ring(16, text(12)) },
  initialise: (_state, turn) => turn.every('tick', 50),
  timers: {
    tick(state) {
      state.ticks += 1;
      state.values.set(state.ticks % 300, Math.imul(state.ticks, 2654435761) >>> 0);
    },
  },
  message: (state, message) => void state.heard.push(message.text().slice(0, 12)),
});

describe('a board on its serial line', () => {
  it('comes up, runs, and its host holds every byte', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    bench.powerOn();
    bench.run(3000);
    bench.settle();
    expect([bench.board!.phase, bench.board!.runner!.phase, bench.isEqual]).toEqual([BOARD_ACTIVE, AGENT_RUNNING, true]);
    expect(bench.field('ticks')).toBeGreaterThan(50);
    expect(bench.uart.overrunBytes).toBe(0);
  });

  const fault = fc.oneof(
    fc.constant({ kind: 'calm', forMs: 400 }),
    fc.record({
      kind: fc.constantFrom('loss', 'noise', 'stall', 'reset', 'off', 'host', 'message'),
      forMs: fc.integer({ min: 1, max: 600 }),
    }),
  );

  it('I1 I3: whatever happens to line, power and host, the host ends with the same bytes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fault, { minLength: 1, maxLength: 12 }), fc.boolean(), (seed, faults, staleCounts) => {
        const refusals = { next: 0 };
        const bench = new EspBench(ticker, { seed, habits: { staleCounts, refuses: () => ++refusals.next % 7 === 0 } });
        bench.startHost();
        bench.powerOn();
        bench.run(500);
        for (const { kind, forMs } of faults) live(bench, kind, forMs);
        bench.uart.faults.loss = 0;
        bench.uart.faults.noise = 0;
        if (bench.sessions === undefined) bench.startHost();
        bench.run(15_000);
        bench.settle();
        expect([bench.isEqual, bench.field('ticks') > 0]).toEqual([true, true]);
      }),
      { numRuns: 25 },
    );
  });

  it('a FIFO that overflows is not reported: the line heals', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    bench.powerOn();
    bench.run(1000);
    for (let round = 0; round < 5; round++) {
      bench.chip.busy(60);
      for (let count = 0; count < 4; count++) bench.send(`${round}${count}`.repeat(100));
      bench.run(2000);
    }
    bench.settle();
    expect([bench.isEqual, bench.uart.overrunBytes > 0]).toEqual([true, true]);
    expect(bench.board!.serial.counters.skippedBytes).toBeGreaterThan(0);
  });

  it('writes that throw cost nothing but a wait', () => {
    const state = { refusing: false };
    const bench = new EspBench(ticker, { habits: { staleCounts: false, refuses: () => state.refusing } });
    bench.startHost();
    bench.powerOn();
    bench.run(1000);
    state.refusing = true;
    bench.run(2000);
    expect(bench.board!.serial.counters.writesRefused).toBeGreaterThan(10);
    state.refusing = false;
    bench.run(3000);
    bench.settle();
    expect(bench.isEqual).toBe(true);
  });
});

/** One thing that may happen, and what time passes with it. */
function live(bench: EspBench, kind: string, forMs: number): void {
  if (kind === 'loss') bench.uart.faults.loss = 0.01;
  if (kind === 'noise') bench.uart.faults.noise = 0.005;
  if (kind === 'stall') bench.chip.busy(forMs / 4);
  if (kind === 'reset') bench.reset();
  if (kind === 'message' && bench.sessions !== undefined) bench.send(`m${forMs}`);
  if (kind === 'off') bench.powerCut();
  if (kind === 'host') {
    if (bench.sessions === undefined) bench.startHost();
    else bench.crashHost();
  }
  bench.run(forMs);
  if (kind === 'off') bench.powerOn();
}

/** What a host says to a board whose pages are of an older epoch. */
function refuseHello(bench: EspBench, bytes: Uint8Array, count: number): void {
  if (kindOf(bytes[0]!) !== KIND_HELLO) return;
  const reader = new ByteReader();
  const hello = new HelloMessage();
  reader.begin(bytes, HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
  if (!hello.read(reader)) throw new Error('no hello');
  const builder = new FrameBuilder();
  const refused = new RefusedMessage();
  refused.helloNonce = hello.helloNonce;
  refused.reason = REFUSED_FENCED;
  builder.begin(KIND_REFUSED);
  refused.write(builder);
  bench.toBoard(builder.bytes, builder.seal(frameSeed(DIRECTION_DOWN, 0)));
}

describe('identity', () => {
  it('a board that was never enrolled waits for it, and says nothing', () => {
    const bench = new EspBench(ticker, { config: {} });
    let frames = 0;
    bench.onFrame = () => frames++;
    bench.startHost();
    bench.powerOn();
    bench.run(70_000);
    expect([bench.board!.phase, bench.board!.runner, frames]).toEqual([BOARD_UNENROLLED, undefined, 0]);
  });

  it('a board is enrolled over its line, keeps that over resets, and becomes another one only by another enrolment', () => {
    const bench = new EspBench(ticker, { config: {} });
    bench.startHost();
    bench.powerOn();
    bench.enrol(SETTINGS);
    bench.run(2000);
    bench.settle();
    expect([bench.board!.phase, bench.isEqual, bench.chip.resets]).toEqual([BOARD_ACTIVE, true, 0]);
    bench.reset();
    bench.run(HEALTHY_MS);
    bench.settle();
    expect([bench.board!.phase, bench.isEqual]).toEqual([BOARD_ACTIVE, true]);
    const other = { ...SETTINGS, agentId: new Uint8Array(16).fill(0xa2) };
    bench.enrol(other);
    bench.run(2000);
    expect([bench.chip.resets, bench.store.durable('a2'.repeat(16))]).toEqual([1, undefined]);
    bench.enrol(other, ENROL_REPLACE);
    bench.run(3000);
    expect([bench.chip.resets, bench.board!.phase]).toEqual([2, BOARD_ACTIVE]);
    expect(bench.store.durable('a2'.repeat(16))?.record.sequence).toBeGreaterThan(0);
    expect(bench.board!.runner!.link.epoch).toBe(1);
  });

  it('power lost as soon as another agent is stored: nothing of the first agent shuts it out', () => {
    const bench = new EspBench(ticker, { config: { backOff: false } });
    bench.startHost();
    bench.powerOn();
    bench.enrol(SETTINGS);
    for (let life = 0; life < 3; life++) {
      bench.run(3000);
      bench.reset();
    }
    bench.run(3000);
    expect(bench.board!.identity.epoch).toBeGreaterThan(2);
    bench.enrol({ ...SETTINGS, agentId: new Uint8Array(16).fill(0xa2) }, ENROL_REPLACE);
    for (let tries = 0; tries < 1000 && !bench.board!.enrolment.isApplying; tries++) bench.run(1);
    expect([bench.board!.enrolment.isApplying, bench.board!.runner !== undefined]).toEqual([true, true]);
    bench.reset();
    bench.run(3000);
    expect([bench.board!.phase, bench.board!.runner!.link.epoch]).toEqual([BOARD_ACTIVE, 1]);
    expect(bench.store.durable('a2'.repeat(16))?.record.sequence).toBeGreaterThan(0);
  });

  it('nonces of 300 boots differ, though the noise source always says the same', () => {
    const bench = new EspBench(ticker, { config: {} });
    bench.random.u32 = () => 0x12345678;
    const nonces = new Set<number>();
    for (let boot = 0; boot < 300; boot++) {
      bench.powerOn();
      nonces.add(bench.board!.bootNonce);
      bench.powerCut();
    }
    expect(nonces.size).toBe(300);
  });

  it('a fenced board stays so after a reboot, until it is enrolled anew', () => {
    const bench = new EspBench(ticker, { config: {} });
    bench.startHost();
    bench.powerOn();
    bench.enrol(SETTINGS);
    bench.run(2000);
    bench.crashHost();
    bench.onFrame = (bytes, count) => refuseHello(bench, bytes, count);
    bench.run(10_000);
    expect([bench.board!.phase, bench.board!.runner!.link.isFenced]).toEqual([BOARD_FENCED, true]);
    bench.onFrame = () => undefined;
    bench.startHost();
    bench.reset();
    let frames = 0;
    bench.onFrame = () => frames++;
    bench.run(60_000);
    expect([bench.board!.phase, bench.board!.runner, frames]).toEqual([BOARD_FENCED, undefined, 0]);
    bench.enrol(SETTINGS, ENROL_REPLACE);
    bench.run(5000);
    expect([bench.board!.phase, bench.board!.runner!.phase]).toEqual([BOARD_ACTIVE, AGENT_RUNNING]);
  });

  it('a host whose old store was put back is refused, told why, and never asked again', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    bench.powerOn();
    bench.run(2000);
    bench.settle();
    for (let life = 0; life < 3; life++) {
      bench.reset();
      bench.run(HEALTHY_MS + 2000);
    }
    const { epoch } = bench.board!.runner!.link;
    expect(epoch).toBe(4);
    bench.powerCut();
    bench.forgetEverything();
    bench.powerOn();
    bench.run(3000);
    expect([bench.board!.phase, bench.board!.runner!.phase]).toEqual([BOARD_FENCED, AGENT_CREATED]);
    expect(bench.board!.runner!.link.counters).toMatchObject({ oldStores: 1, sessions: 0 });
    expect(bench.reports.map(({ code }) => code)).toEqual([6]);
    let frames = 0;
    bench.onFrame = () => frames++;
    bench.run(60_000);
    expect(frames).toBe(0);
  });

  it('writes to flash are few: in a day of an hour-long session each', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    bench.powerOn();
    bench.run(2000);
    const before = bench.nvs.writeCount;
    const { identity } = bench.board!;
    for (let minute = 0; minute < 24 * 60; minute++) identity.entered(minute * 60_000 + 1_000_000, identity.epoch, identity.session + 1);
    expect(bench.nvs.writeCount - before).toBeLessThanOrEqual(145);
    expect(before).toBeLessThanOrEqual(6);
  });

  it('storage that refuses every write does not stop it', () => {
    const bench = new EspBench(ticker);
    bench.nvs.isBroken = true;
    bench.startHost();
    bench.powerOn();
    bench.run(3000);
    bench.settle();
    expect([bench.isEqual, bench.board!.identity.writesFailed > 0]).toEqual([true, true]);
  });
});

describe('identity over losses of power', () => {
  const step = fc.record({ kind: fc.constantFrom('reset', 'wear', 'host', 'run'), forMs: fc.integer({ min: 1, max: 3000 }) });

  it('whatever was written and what was not, the board takes its host back', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { minLength: 4, maxLength: 20 }), (seed, steps) => {
        const bench = new EspBench(ticker, { seed, config: { settings: SETTINGS, backOff: false } });
        bench.startHost();
        bench.powerOn();
        for (const { kind, forMs } of steps) {
          if (kind === 'reset') bench.reset();
          if (kind === 'wear') bench.nvs.isBroken = !bench.nvs.isBroken;
          if (kind === 'host') {
            bench.crashHost();
            bench.startHost();
          }
          bench.run(forMs);
          expect(bench.board!.phase).toBe(BOARD_ACTIVE);
        }
        bench.nvs.isBroken = false;
        bench.reset();
        bench.run(12_000);
        bench.settle();
        expect([bench.isEqual, bench.board!.runner!.link.counters.oldStores]).toEqual([true, 0]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a program that keeps dying', () => {
  it('waits twice as long each time, up to five minutes', () => {
    const waits = Array.from({ length: 12 }, (_, restarts) => backOffMs(restarts));
    expect(waits.slice(0, FREE_RESTARTS + 3)).toEqual([0, 0, 0, BACK_OFF_MIN_MS, 2 * BACK_OFF_MIN_MS]);
    expect(Math.max(...waits)).toBe(BACK_OFF_MAX_MS);
  });

  it('a minute of health forgives the restarts; the cause is told', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    for (let restart = 0; restart < 5; restart++) {
      bench.powerOn();
      bench.run(100);
      bench.board!.identity.recordFault('memory full');
      bench.powerCut();
    }
    bench.powerOn();
    bench.run(BACK_OFF_MIN_MS);
    expect(bench.board!.phase).toBe(BOARD_BACKING_OFF);
    bench.run(3 * BACK_OFF_MIN_MS + 2000);
    expect([bench.board!.phase, bench.board!.runner?.phase]).toEqual([BOARD_ACTIVE, AGENT_RUNNING]);
    expect(bench.reports).toContainEqual({
      code: 7,
      text: 'restarted 5 times in a row without a minute of health: memory full',
    });
    bench.run(HEALTHY_MS);
    bench.reset();
    expect([bench.board!.identity.restartsInARow, bench.board!.identity.fault, bench.board!.phase]).toEqual([0, '', BOARD_ACTIVE]);
  });
});
