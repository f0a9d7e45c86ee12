// Wi-Fi supervision alone and below MQTT, against a driver that tells little and an access point that keeps nobody.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADDRESS_MS, JOIN_MAX_MS, JOIN_MIN_MS, JOIN_MS, LOOK_UP_MS, WifiSupervisor } from '../../firmware/wifi-supervisor.js';
import { DOUBTED_ATTEMPTS, REJOIN_MIN_MS } from '../../firmware/wifi-transport.js';
import type { VirtualAccessPoint } from '../../sim/esp/wifi.js';
import { type Driven, message, NetworkRig, TOPIC_DOWN } from './support/network-rig.js';

const HOUR_MS = 3_600_000;
const UP_MS = 5_000;

function rigWithPoint(seed: number) {
  const rig = new NetworkRig(seed, { wifi: true });
  return { rig, point: rig.point! };
}

function counters(board: Driven): Record<string, number> {
  return board.transport.counters;
}

/** The waits between attempts are those of the backoff, plus what an attempt itself may take. */
function expectBoundedRate(attemptsMs: readonly number[], attemptMs: number): void {
  for (let index = 1; index < attemptsMs.length; index++) {
    const waitMs = attemptsMs[index]! - attemptsMs[index - 1]!;
    const backoffMs = Math.min(JOIN_MAX_MS, JOIN_MIN_MS * 2 ** (index - 1));
    expect(waitMs).toBeGreaterThanOrEqual(0.75 * backoffMs);
    expect(waitMs).toBeLessThanOrEqual(backoffMs + attemptMs + 1_000);
  }
}

describe('Wi-Fi supervision', () => {
  it('joins, gets an address, and only then looks for the broker', () => {
    const { rig, point } = rigWithPoint(1);
    const board = rig.drive();
    rig.run(point.associateMs + 100);
    expect(rig.clients).toHaveLength(0);
    rig.run(UP_MS);
    expect(board.transport.isOpen).toBe(true);
    expect(board.openedMs[0]).toBeLessThan(point.associateMs + point.addressMs + 100);
    expect(counters(board)).toMatchObject({ wifiAttempts: 1, wifiUps: 1, opens: 1 });
  });

  it('a wrong password: asks again for ever, ever more rarely', () => {
    const { rig, point } = rigWithPoint(2);
    const board = rig.drive(7, { wifiPassword: 'wrong horse' });
    rig.run(HOUR_MS);
    expect(point.attemptsMs.length).toBeGreaterThan(55);
    expect(point.attemptsMs.length).toBeLessThan(90);
    expectBoundedRate(point.attemptsMs, point.associateMs);
    expect(rig.clients).toHaveLength(0);
    point.password = 'wrong horse';
    rig.runFor(JOIN_MAX_MS + UP_MS);
    expect(board.transport.isOpen).toBe(true);
  });

  it('an access point that is away for hours, and comes back', () => {
    const { rig, point } = rigWithPoint(3);
    const board = rig.drive();
    rig.run(UP_MS);
    point.isThere = false;
    point.drop();
    rig.runFor(5 * HOUR_MS);
    expect(board.closedMs).toHaveLength(1);
    expect(rig.clients).toHaveLength(1);
    expect(counters(board).wifiRefused).toBeGreaterThan(250);
    point.isThere = true;
    rig.runFor(JOIN_MAX_MS + UP_MS);
    expect(board.transport.isOpen).toBe(true);
  });

  it.each([
    ['never answers', (point: VirtualAccessPoint) => Object.assign(point, { ignores: true }), JOIN_MS],
    ['gives no address', (point: VirtualAccessPoint) => Object.assign(point, { givesAddress: false }), ADDRESS_MS + 1_000],
  ] as const)('an access point that %s is given up in time and asked again', (_name, spoil, attemptMs) => {
    const { rig, point } = rigWithPoint(4);
    spoil(point);
    const board = rig.drive();
    rig.run(10 * 60_000);
    expectBoundedRate(point.attemptsMs, attemptMs);
    expect(point.attemptsMs.length).toBeGreaterThan(8);
    expect(counters(board).wifiTimeouts).toBeGreaterThan(6);
    point.ignores = false;
    point.givesAddress = true;
    rig.runFor(JOIN_MAX_MS + JOIN_MS + UP_MS);
    expect(board.transport.isOpen).toBe(true);
  });

  it('an address lost while joined takes MQTT down at once and is waited for', () => {
    const { rig, point } = rigWithPoint(5);
    const board = rig.drive();
    rig.run(UP_MS);
    point.loseAddress();
    rig.runFor(1);
    expect(board.closedMs).toHaveLength(1);
    expect(board.transport.isOpen).toBe(false);
    rig.runFor(ADDRESS_MS + 2 * JOIN_MIN_MS + UP_MS);
    expect(board.transport.isOpen).toBe(true);
  });

  it('an end of the lease that nobody tells: attempts at the broker fail, and the network is joined anew, not too often', () => {
    const { rig, point } = rigWithPoint(6);
    const board = rig.drive();
    rig.run(UP_MS);
    point.loseLease();
    rig.runFor(2 * REJOIN_MIN_MS);
    expect(counters(board)).toMatchObject({ wifiRejoins: 1, silences: 1 });
    expect(counters(board).attempts).toBeGreaterThanOrEqual(1 + DOUBTED_ATTEMPTS);
    expect(board.transport.isOpen).toBe(true);
  });

  it('a broker that is away costs the board its network at most once in REJOIN_MIN_MS', () => {
    const { rig } = rigWithPoint(7);
    const board = rig.drive();
    rig.network.refuses = true;
    rig.run(HOUR_MS);
    expect(counters(board).wifiRejoins).toBeGreaterThan(5);
    expect(counters(board).wifiRejoins).toBeLessThanOrEqual(HOUR_MS / REJOIN_MIN_MS);
  });

  it('an access point that keeps the board for a minute each time is asked again at once', () => {
    const { rig, point } = rigWithPoint(9);
    const board = rig.drive();
    for (let round = 0; round < 10; round++) {
      rig.runFor(60_000);
      point.drop();
    }
    rig.runFor(60_000);
    expect(board.closedMs).toHaveLength(10);
    for (let round = 0; round < 10; round++) expect(board.openedMs[round + 1]! - board.closedMs[round]!).toBeLessThan(JOIN_MIN_MS + 2_000);
  });

  it('a driver object that was left is not heard', () => {
    const told: (() => void)[] = [];
    class Late {
      connection = 300;
      constructor(options: { onChanged(): void }) {
        told.push(options.onChanged);
      }
      connect(): void {}
      disconnect(): void {}
      close(): void {}
    }
    let nowMs = 0;
    const clockwork = { nowMs: () => nowMs, randomU32: () => 0 };
    const supervisor = new WifiSupervisor({ wifi: { io: Late }, clockwork, ssid: 'net', password: '' });
    supervisor.open(0);
    supervisor.tick(0);
    nowMs = JOIN_MS;
    supervisor.tick(nowMs);
    const dueMs = supervisor.dueMs(nowMs);
    expect(dueMs).toBe(nowMs + JOIN_MIN_MS);
    nowMs += 10;
    told[0]!();
    expect(supervisor.dueMs(nowMs)).toBe(dueMs);
  });

  it('a broker that comes back in time, over and over, costs no network', () => {
    const { rig } = rigWithPoint(10);
    const board = rig.drive();
    rig.run(UP_MS);
    for (let round = 0; round < 10; round++) {
      rig.runFor(15_000);
      rig.network.refuses = true;
      rig.network.reset();
      rig.runFor(2_500);
      rig.network.refuses = false;
      rig.runFor(10_000);
    }
    expect(counters(board).attempts).toBeGreaterThan(25);
    expect(counters(board)).toMatchObject({ wifiRejoins: 0, opens: 11 });
  });

  it('works without a single call of onChanged', () => {
    const { rig, point } = rigWithPoint(8);
    point.losesCallbacks = true;
    const board = rig.drive();
    rig.run(UP_MS);
    expect(board.transport.isOpen).toBe(true);
    point.drop();
    rig.runFor(LOOK_UP_MS + 1);
    expect(board.closedMs).toHaveLength(1);
    rig.runFor(UP_MS);
    expect(board.transport.isOpen).toBe(true);
  });

  it('ends up connected after any course of trouble, with one client, one socket and one driver object', () => {
    const event = fc.record({
      waitMs: fc.integer({ min: 0, max: 90_000 }),
      what: fc.constantFrom(
        'drop',
        'away',
        'back',
        'ignore',
        'no address',
        'lose address',
        'lose lease',
        'silent',
        'speak',
        'reset',
        'mute',
      ),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(event, { maxLength: 15 }), (seed, events) => {
        const { rig, point } = rigWithPoint(seed);
        const board = rig.drive();
        for (const { waitMs, what } of events) {
          rig.runFor(waitMs);
          if (what === 'drop') point.drop();
          else if (what === 'away') point.isThere = false;
          else if (what === 'back') point.isThere = true;
          else if (what === 'ignore') point.ignores = !point.ignores;
          else if (what === 'no address') point.givesAddress = !point.givesAddress;
          else if (what === 'lose address') point.loseAddress();
          else if (what === 'lose lease') point.loseLease();
          else if (what === 'silent') rig.network.fallSilent();
          else if (what === 'speak') rig.network.speak(waitMs % 2 === 0);
          else if (what === 'reset') rig.network.reset();
          else rig.broker.isMute = !rig.broker.isMute;
        }
        Object.assign(point, { isThere: true, ignores: false, givesAddress: true });
        rig.broker.isMute = false;
        rig.network.speak(false);
        rig.runFor(300_000);
        expect(board.transport.isOpen).toBe(true);
        expect(rig.network.sockets.size).toBe(1);
        expect(point.driverCount).toBe(1);
        rig.broker.publish(TOPIC_DOWN, message(33));
        rig.runFor(1_000);
        expect(board.frames).toEqual([message(33)]);
      }),
      { numRuns: 60 },
    );
  });
});
