// A link that moves between serial and MQTT at run time, by settings that arrive over the serial line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT, BoardRig } from './support/board-rig.js';
import { NetworkRig } from './support/network-rig.js';

const SETTLE_MS = 120_000;
/** HELLO, WELCOME, and what is asked and answered until deltas flow again. */
const SWITCH_BYTES_MAX = 200;

function boardOn(link: 'serial' | 'mqtt', seed = 1): BoardRig {
  const board = new BoardRig(seed, new NetworkRig(seed, { wifi: true }));
  board.powerOn({ link });
  board.rig.runFor(10_000);
  expect(board.board.link!.kind).toBe(link);
  return board;
}

const linkOf = (board: BoardRig) => board.host.sessions!.agent(AGENT)!.linkName;

describe('a link that is switched', () => {
  it.each([
    ['serial', 'mqtt'],
    ['mqtt', 'serial'],
  ] as const)(
    'from %s to %s: the session goes on over the other, without a refill, a comparison, or a byte sent twice in vain',
    (from, to) => {
      const board = boardOn(from);
      const { sessions } = board.link.counters;
      const done = board.link.counters.deltasDone;
      board.enrol({ link: to });
      board.rig.runFor(8_000);
      expect(board.board.link!.kind).toBe(to);
      expect(linkOf(board)).toMatch(new RegExp(`^${to}`));
      expect(board.link.counters.sessions).toBe(sessions + 1);
      expect(board.link.counters.deltasDone).toBeGreaterThan(done + 20);
      // What is left is left: no connection, no driver, no power for a radio that nobody uses.
      const networks = to === 'mqtt' ? 1 : 0;
      expect([board.rig.network.sockets.size, board.rig.point!.driverCount]).toEqual([networks, networks]);
      expect(board.settles(SETTLE_MS)).toBe(true);
      expect(board.link.counters).toMatchObject({ refills: 0, resyncs: 0 });
      expect(board.up.resync + board.down.resync).toBe(0);
      expect(board.host.sessions!.agent(AGENT)!.epoch).toBe(1);
    },
  );

  it('costs a few frames: an idle board says hello on the other link, and sends none of its pages', () => {
    const board = boardOn('serial');
    expect(board.settles(SETTLE_MS)).toBe(true);
    board.rig.runFor(1_000);
    expect(board.settles(SETTLE_MS)).toBe(true);
    const { deltasDone, bytesOut, bytesIn } = board.link.counters;
    board.enrol({ link: 'mqtt' });
    for (let steps = 0; steps < 500 && board.link.counters.sessions < 2; steps++) board.rig.runFor(20);
    expect(board.link.counters.sessions).toBe(2);
    board.rig.runFor(200);
    expect(board.link.counters.deltasDone).toBe(deltasDone);
    expect(board.link.counters.bytesOut - bytesOut + board.link.counters.bytesIn - bytesIn).toBeLessThan(SWITCH_BYTES_MAX);
    expect(board.memory.sizeBytes).toBeGreaterThan(10 * SWITCH_BYTES_MAX);
  });

  it('tells the host and the encoder what the new line is like', () => {
    const board = boardOn('serial');
    expect(board.board.link!.fifoBytes).toBe(128);
    board.enrol({ link: 'mqtt' });
    board.rig.runFor(8_000);
    expect(board.board.link!.fifoBytes).toBeGreaterThan(1_000);
    expect(board.board.link!.lineNsPerByte).toBeLessThan(10_000);
  });

  it('to a network that does not let it in: the agent goes on, and the serial line takes it back', () => {
    const board = boardOn('serial');
    board.rig.point!.isThere = false;
    board.enrol({ link: 'mqtt' });
    const before = board.link.sequence;
    board.rig.runFor(60_000);
    expect(board.link.sequence).toBeGreaterThan(before + 300);
    expect(board.link.session).toBe(0);
    board.enrol({ link: 'serial' });
    board.rig.runFor(5_000);
    expect(linkOf(board)).toMatch(/^serial/);
    expect(board.rig.network.sockets.size).toBe(0);
    expect(board.rig.point!.driverCount).toBe(0);
    expect(board.settles(SETTLE_MS)).toBe(true);
    expect(board.link.counters.refills).toBe(0);
  });

  it('I3: any number of times, at any moment, through outages of either way: states end equal by bytes, nothing is sent in full', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 12_000 }),
      what: fc.constantFrom('serial', 'mqtt', 'silent', 'speak', 'noise', 'quiet line', 'drop'),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { minLength: 1, maxLength: 10 }), (seed, steps) => {
        const board = boardOn('serial', seed);
        const { rig, uart } = board;
        for (const { afterMs, what } of steps) {
          rig.runFor(afterMs);
          if (what === 'serial' || what === 'mqtt') board.enrol({ link: what });
          else if (what === 'silent') rig.network.fallSilent();
          else if (what === 'speak') rig.network.speak(true);
          else if (what === 'drop') rig.point!.drop();
          else uart.faults.loss = what === 'noise' ? 0.02 : 0;
        }
        rig.network.speak(true);
        uart.faults.loss = 0;
        expect(board.settles(SETTLE_MS)).toBe(true);
        expect(board.link.counters.refills).toBe(0);
        expect(rig.network.sockets.size).toBe(board.board.link!.kind === 'mqtt' ? 1 : 0);
        expect(rig.point!.driverCount).toBe(board.board.link!.kind === 'mqtt' ? 1 : 0);
        expect(board.up.resync + board.down.resync).toBeLessThan(800 * (1 + steps.length));
      }),
      { numRuns: 8 },
    );
  });
});
