// A board's whole firmware over Wi-Fi and MQTT, with the host's real sessions at the other end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoardRig } from './support/board-rig.js';
import { NetworkRig } from './support/network-rig.js';

const SETTLE_MS = 200_000;

describe('a board over MQTT', () => {
  it('I1: runs its agent, and ends equal by bytes', () => {
    const board = new BoardRig(1, new NetworkRig(1, { wifi: true }));
    board.powerOn();
    board.rig.run(60_000);
    expect(board.link.counters.deltasDone).toBeGreaterThan(100);
    expect(board.settles(SETTLE_MS)).toBe(true);
    expect(board.counters).toMatchObject({ opens: 1, writesThrown: 0, notSent: 0, silences: 0, dropped: 0 });
  });

  it('a connection that ends takes the session with it at once: the agent knows that it has no link', () => {
    const board = new BoardRig(2, new NetworkRig(2, { wifi: true }));
    board.powerOn();
    board.rig.runFor(10_000);
    expect(board.link.session).toBeGreaterThan(0);
    board.rig.point!.drop();
    board.rig.runFor(1_000);
    expect([board.board.link!.isOpen, board.link.session]).toEqual([false, 0]);
  });

  it('I3: over outages of all kinds nothing is lost, no page is sent in full, and the states end equal by bytes', () => {
    const outage = fc.record({
      afterMs: fc.integer({ min: 100, max: 20_000 }),
      forMs: fc.integer({ min: 1, max: 40_000 }),
      what: fc.constantFrom('silent', 'forgotten', 'reset', 'refused', 'mute', 'empty message', 'Wi-Fi', 'lease', 'host'),
    });
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1436 }), fc.array(outage, { maxLength: 6 }), (seed, segmentBytesMax, outages) => {
        const rig = new NetworkRig(seed, { wifi: true });
        rig.network.segmentBytesMax = segmentBytesMax;
        const board = new BoardRig(seed, rig);
        board.powerOn();
        rig.run(5_000);
        for (const { afterMs, forMs, what } of outages) {
          rig.runFor(afterMs);
          const end = begin(board, what);
          rig.runFor(forMs);
          end();
        }
        expect(board.settles(SETTLE_MS)).toBe(true);
        // An idle board is settled before it is connected again.
        rig.runFor(SETTLE_MS);
        expect(board.link.counters.refills).toBe(0);
        expect(board.host.sessions!.agent('a1'.repeat(16))!.epoch).toBe(1);
        expect(rig.network.sockets.size).toBe(1);
        expect(board.counters).toMatchObject({ writesThrown: 0, notSent: 0 });
        // A comparison of all pages costs a few hundred bytes; the state has 5 KiB and more.
        expect(board.up.resync + board.down.resync).toBeLessThan(800 * (1 + outages.length));
      }),
      { numRuns: 15 },
    );
  });
});

function begin(board: BoardRig, what: string): () => void {
  const { rig, host } = board;
  const { network, broker, point } = rig;
  switch (what) {
    case 'silent':
      network.fallSilent();
      return () => network.speak();
    case 'forgotten':
      network.fallSilent();
      return () => network.speak(true);
    case 'reset':
      network.reset();
      return () => {};
    case 'refused':
      network.refuses = true;
      network.reset();
      return () => {
        network.refuses = false;
      };
    case 'mute':
      broker.isMute = true;
      return () => {
        broker.isMute = false;
      };
    case 'empty message':
      broker.publish('godwit/b1/d', new Uint8Array(0));
      return () => {};
    case 'Wi-Fi':
      point!.isThere = false;
      point!.drop();
      return () => {
        point!.isThere = true;
      };
    case 'lease':
      point!.loseLease();
      return () => {};
    default:
      host.crash();
      return () => host.start();
  }
}
