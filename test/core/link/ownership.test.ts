import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../bench/random.js';
import { PHASE_GUEST, PHASE_LIVE } from '../../../src/link/board-options.js';
import { KIND_ACTIVATE, KIND_FREEZE, KIND_RETIRE, KIND_THAW } from '../../../src/wire/constants.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { ActivateMessage } from '../../../src/wire/ownership-frames.js';
import { type MovingBoard, MovingWorld, NO_FAULTS } from './moving-world.js';

const [A, B, C] = [0, 1, 2];

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => one.every((byte, at) => byte === other[at]);

/** Board A runs the agent, its state is acknowledged; the others wait. */
function running(boardCount = 2, leaseMs = 0, rates: readonly number[] = [], seed = 1): MovingWorld {
  const world = new MovingWorld(new Random(seed), boardCount, leaseMs, rates);
  const board = world.boards[A]!;
  world.until(() => board.link.phase === PHASE_LIVE && board.link.isSettled);
  for (let turns = 0; turns < 5; turns++) board.turn(world.random);
  world.until(() => board.link.isSettled && world.host.headSequence === board.link.sequence);
  return world;
}

/** B is prepared with the head, and nothing is under way. */
function preparing(world = running()): MovingWorld {
  world.host.target = B;
  world.until(() => world.host.ends[B]!.guest?.isReady === true && world.boards[A]!.told.includes('frozen') === false, 10_000, 1);
  return world;
}

/** I4 in the terms of the boards: whoever has the agent was granted the epoch that it is in, and one at most is in the newest. */
function checkOwners(world: MovingWorld): void {
  const { host, boards } = world;
  let newest = 0;
  for (const board of boards) {
    const { link } = board;
    if (link.isVacant) {
      expect([link.hasState, board.isActive(world.nowMs)]).toEqual([false, false]);
    } else if (link.epoch > 0) {
      expect(host.grants[link.epoch]).toBe(board.index);
    }
    if (link.epoch !== host.record.epoch || !board.isActive(world.nowMs)) continue;
    newest++;
    expect(board.index).toBe(host.record.board);
  }
  expect(newest).toBeLessThanOrEqual(1);
}

describe('a vacant board', () => {
  it('waits; is called; is prepared in rounds while the source runs; is activated, and the source retired', () => {
    const world = running();
    const [source, target] = world.boards as [MovingBoard, MovingBoard];
    expect([target.link.isVacant, target.told[0]]).toEqual([true, 'refused 7']);
    for (let ms = 0; ms < 500; ms += 10) world.pass(10);
    world.host.target = B;
    const calledMs = world.nowMs;
    world.host.ends[B]!.isNoSessionDue = true;
    world.until(() => target.link.phase === PHASE_GUEST, 400, 1);
    expect(world.nowMs - calledMs).toBeLessThan(100);
    for (let rounds = 0; rounds < 4; rounds++) {
      source.turn(world.random);
      expect(target.link.mayRunTurn(target.nowMs(world.nowMs))).toBe(false);
      world.pass(20);
    }
    const before = source.state();
    world.until(() => target.isActive(world.nowMs) && source.link.isVacant);
    expect([target.told.slice(-1), source.told]).toEqual([['activated 2'], ['frozen', 'retired 2']]);
    expect([source.hasAgent, source.retired?.epoch, target.hasAgent]).toEqual([false, 2, true]);
    expect([target.state(), world.host.head.bytes.slice(0, before.length)]).toEqual([before, before]);
    expect(source.state().every((byte) => byte === 0)).toBe(true);
    expect(target.prepared.length).toBeGreaterThanOrEqual(1);
    target.turn(world.random);
    expect(target.link.sequence).toBeGreaterThan(2 ** 32);
    world.until(() => target.link.isSettled);
    expect(world.host.head.getU32(0)).toBe(6 + 4);
  });

  it('does not run for anything but an ACTIVATE of what it was prepared with', () => {
    const world = preparing();
    const target = world.boards[B]!;
    const guest = world.host.ends[B]!.guest!;
    const { preparedSequence, preparedDigest } = guest;
    for (const [epoch, sequence, digest] of [
      [1, preparedSequence, preparedDigest],
      [2, preparedSequence + 1, preparedDigest],
      [2, preparedSequence - 1, preparedDigest],
      [2, preparedSequence, preparedDigest ^ 1],
    ] as const) {
      guest.orders.activate(epoch, sequence, digest >>> 0, preparedSequence);
      const before = target.link.counters.unexpected;
      for (let ms = 0; ms < 60; ms++) world.pass(1);
      expect([target.link.isVacant, target.link.counters.unexpected - before]).toEqual([true, 1]);
    }
    guest.orders.freeze(1);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    guest.orders.thaw(9);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    guest.orders.retire(9);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    expect([target.link.isVacant, target.link.phase, target.told]).toEqual([true, PHASE_GUEST, ['refused 7']]);
    expect(target.link.counters.unexpected).toBe(7);
  });

  it('I6: of all orders, sealed and well-formed, only the one that fits makes it an owner', () => {
    const near = fc.constantFrom(-1, 0, 0, 0, 1);
    fc.assert(
      fc.property(
        fc.constantFrom(KIND_ACTIVATE, KIND_FREEZE, KIND_THAW, KIND_RETIRE),
        near,
        near,
        near,
        fc.nat(9),
        (kind, epoch, sequence, digest, cut) => {
          const world = preparing();
          const target = world.boards[B]!;
          const end = world.host.ends[B]!;
          const { preparedSequence, preparedDigest } = end.guest!;
          const builder = new FrameBuilder();
          builder.begin(kind);
          if (kind !== KIND_ACTIVATE) builder.varint(2 + epoch);
          else {
            builder.varint(2 + epoch);
            builder.varint(preparedSequence + sequence);
            builder.u32(preparedDigest + digest);
            builder.varint(preparedSequence + 1);
          }
          const isWhole = cut > 0;
          if (!isWhole) builder.at--;
          target.link.receive(target.nowMs(world.nowMs), builder.bytes, 0, builder.seal(end.seed));
          const fits = kind === KIND_ACTIVATE && isWhole && epoch >= 0 && sequence === 0 && digest === 0;
          const { unexpected, badFields, activations } = target.link.counters;
          expect([target.link.isVacant, activations, unexpected + badFields]).toEqual([!fits, fits ? 1 : 0, fits ? 0 : 1]);
          expect([target.link.hasState, target.told.slice(1)]).toEqual([fits, fits ? [`activated ${2 + epoch}`] : []]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not prepared while a round is under way: half of it is in its memory', () => {
    const world = preparing();
    const target = world.boards[B]!;
    const end = world.host.ends[B]!;
    const { preparedSequence, preparedDigest } = end.guest!;
    for (let at = 0; at < 1000; at += 4) world.boards[A]!.memory.setU32(at, at + 1);
    world.boards[A]!.link.commit();
    world.until(
      () => world.host.headSequence > preparedSequence && end.guest!.preparedSequence === 0 && target.memory.getU32(4) === 5,
      5000,
      1,
    );
    expect(target.prepared.at(-1)).toBe(preparedSequence);
    const builder = new FrameBuilder();
    builder.begin(KIND_ACTIVATE);
    Object.assign(new ActivateMessage(), {
      epoch: 2,
      sequence: preparedSequence,
      digest: preparedDigest,
      usedSequence: preparedSequence,
    }).write(builder);
    target.link.receive(target.nowMs(world.nowMs), builder.bytes, 0, builder.seal(end.seed));
    expect([target.link.isVacant, target.link.counters.unexpected]).toEqual([true, 1]);
    world.until(() => target.isActive(world.nowMs));
    expect(target.memory.getU32(4)).toBe(5);
  });

  it('whose flash takes nothing stays vacant, and becomes the owner once it does', () => {
    const world = preparing();
    const target = world.boards[B]!;
    target.isFlashBroken = true;
    world.until(() => target.link.counters.activationsFailed > 1);
    expect([target.link.isVacant, world.host.record.board]).toEqual([true, B]);
    target.isFlashBroken = false;
    world.until(() => target.isActive(world.nowMs));
    checkOwners(world);
  });

  it('I3: pages that it holds are not sent again after the session ended', () => {
    const world = preparing();
    const target = world.boards[B]!;
    target.link.disconnected(target.nowMs(world.nowMs));
    world.plug(B);
    const before = target.link.counters.bytesIn;
    world.boards[A]!.turn(world.random);
    world.until(() => world.host.ends[B]!.guest?.isReady === true && target.link.phase === PHASE_GUEST, 10_000, 1);
    expect(target.link.counters.refillsResumed).toBe(1);
    expect(target.link.counters.bytesIn - before).toBeLessThan(700);
  });

  it('does not take an agent back in an epoch that was over when it gave it up: such a store is an old one', () => {
    const world = running();
    const [source, target] = world.boards as [MovingBoard, MovingBoard];
    const old = { ...world.host.record };
    world.host.target = B;
    world.until(() => target.isActive(world.nowMs) && source.link.isVacant);
    world.host.record = old;
    world.host.restart(world.nowMs);
    world.reboot(A);
    for (let ms = 0; ms < 5000; ms += 10) world.pass(10);
    expect([source.link.isVacant, source.link.phase === PHASE_GUEST, source.link.counters.prepares]).toEqual([true, false, 0]);
    expect(source.link.counters.unexpected).toBeGreaterThan(0);
  });
});

describe('a frozen board', () => {
  function frozen(): MovingWorld {
    const world = running(3);
    const source = world.boards[A]!;
    source.turn(world.random);
    world.host.ends[A]!.owner!.orders.freeze(77);
    world.until(() => world.host.ends[A]!.frozenAt >= 0);
    return world;
  }

  it('answers once the host holds everything, and stands still', () => {
    const world = frozen();
    const source = world.boards[A]!;
    expect([source.link.isFrozen, source.isActive(world.nowMs), source.told]).toEqual([true, false, ['frozen']]);
    expect([world.host.ends[A]!.frozenAt, source.link.isSettled]).toEqual([world.host.headSequence, true]);
    expect(sameBytes(source.state(), world.host.head.bytes)).toBe(true);
    // What a scrub would find is not found now: the head stays where the board said that it stands.
    source.memory.bytes[900]! ^= 1;
    for (let ms = 0; ms < 60_000; ms += 50) world.pass(50);
    expect(world.host.headSequence).toBe(world.host.ends[A]!.frozenAt);
  });

  it('stays so through other sessions of its epoch, and goes on in a newer one', () => {
    const world = frozen();
    const { host } = world;
    const source = world.boards[A]!;
    world.cut.add(C);
    host.target = C;
    host.restart(world.nowMs);
    world.until(() => source.link.phase === PHASE_LIVE && host.ends[A]!.owner !== undefined && source.link.session === host.record.session);
    expect([source.link.isFrozen, source.link.epoch, source.told]).toEqual([true, 1, ['frozen']]);
    host.target = -1;
    host.restart(world.nowMs);
    world.until(() => source.isActive(world.nowMs));
    expect([source.link.epoch, source.told]).toEqual([2, ['frozen', 'thawed']]);
    source.turn(world.random);
    world.until(() => source.link.isSettled);
    checkOwners(world);
  });

  it('is thawed by a newer epoch alone, and a THAW that comes again means nothing', () => {
    const world = frozen();
    const { host } = world;
    const source = world.boards[A]!;
    host.ends[A]!.owner!.orders.thaw(1);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    expect([source.link.isFrozen, source.link.counters.unexpected]).toEqual([true, 1]);
    host.target = B;
    host.abort();
    world.until(() => source.isActive(world.nowMs), 2000, 1);
    expect(source.told).toEqual(['frozen', 'thawed']);
    world.until(() => source.link.phase === PHASE_LIVE);
    host.ends[A]!.owner!.orders.thaw(host.record.epoch);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    expect([source.link.isFrozen, source.link.phase, source.link.counters.unexpected]).toEqual([false, PHASE_LIVE, 2]);
  });

  it('holds back outputs that leave at once, until it is thawed', () => {
    const world = running();
    const { host } = world;
    const source = world.boards[A]!;
    host.ends[A]!.owner!.orders.freeze(5);
    world.until(() => source.link.isFrozen, 1000, 1);
    expect(source.link.sendOutput(Uint8Array.of(1, 2), 0, 2)).toBe(true);
    world.until(() => host.ends[A]!.frozenAt >= 0);
    for (let ms = 0; ms < 3000; ms += 10) world.pass(10);
    expect(host.outputs).toBe(0);
    expect(host.grant(host.record, A)).toBe(true);
    host.ends[A]!.owner!.orders.thaw(host.record.epoch);
    world.until(() => host.outputs === 1);
  });

  it('that is told of an epoch of its own or an older one is not retired', () => {
    const world = running();
    const source = world.boards[A]!;
    world.host.ends[A]!.owner!.orders.retire(1);
    for (let ms = 0; ms < 60; ms++) world.pass(1);
    expect([source.link.isVacant, source.link.counters.unexpected]).toEqual([false, 1]);
  });
});

describe('a board whose agent runs elsewhere', () => {
  it('gives it up when it comes back, with or without its pages', () => {
    for (const losesPower of [false, true]) {
      const world = running();
      const [source, target] = world.boards as [MovingBoard, MovingBoard];
      world.cut.add(A);
      world.host.reassign(B);
      world.until(() => target.isActive(world.nowMs));
      if (losesPower) world.reboot(A);
      else source.turn(world.random);
      checkOwners(world);
      world.cut.delete(A);
      world.until(() => source.link.isVacant);
      expect(source.told).toContain(`retired ${losesPower ? 0 : 1}`);
      expect([source.hasAgent, source.link.hasState]).toEqual([false, false]);
      world.until(() => source.told.includes('refused 7'));
      checkOwners(world);
    }
  });
});

describe('a lease', () => {
  const LEASE_MS = 1000;

  it('stops the agent a lease after the last thing it sent that was answered, and an answer lets it go on', () => {
    const world = running(1, LEASE_MS);
    const source = world.boards[A]!;
    for (let ms = 0; ms < 5000; ms += 10) {
      world.pass(10);
      expect(source.isActive(world.nowMs)).toBe(true);
    }
    world.cut.add(A);
    const cutMs = world.nowMs;
    world.until(() => !source.isActive(world.nowMs), 10_000, 1);
    expect(world.nowMs - cutMs).toBeLessThanOrEqual(LEASE_MS);
    expect(world.nowMs - cutMs).toBeGreaterThan(LEASE_MS / 2);
    expect(source.link.counters.turnsUnleased).toBeGreaterThan(0);
    world.cut.delete(A);
    world.until(() => source.isActive(world.nowMs));
  });

  it('runs from when the hello left, however late its answer comes', () => {
    const world = running(1, LEASE_MS);
    const source = world.boards[A]!;
    source.link.disconnected(source.nowMs(world.nowMs));
    for (let ms = 0; ms < 2000; ms += 10) world.pass(10);
    const saidMs = world.nowMs;
    world.downDelayMs = 700;
    world.plug(A);
    world.until(() => source.isActive(world.nowMs), 2000, 1);
    expect(world.nowMs - saidMs).toBeGreaterThan(700);
    world.cut.add(A);
    world.until(() => !source.isActive(world.nowMs), 2000, 1);
    expect(world.nowMs - saidMs).toBeLessThanOrEqual(LEASE_MS + 1);
  });

  it('runs from when the state was whole, however late the board is activated', () => {
    const world = preparing(running(2, LEASE_MS));
    const target = world.boards[B]!;
    world.downDelayMs = 300;
    let preparedMs = world.nowMs;
    let rounds = target.prepared.length;
    world.until(
      () => {
        if (target.prepared.length !== rounds) preparedMs = world.nowMs;
        rounds = target.prepared.length;
        return !target.link.isVacant;
      },
      5000,
      1,
    );
    world.cut.add(B);
    expect([target.isActive(world.nowMs), world.nowMs - preparedMs > 500]).toEqual([true, true]);
    world.until(() => !target.isActive(world.nowMs), 5000, 1);
    expect(world.nowMs - preparedMs).toBeLessThanOrEqual(LEASE_MS + 1);
  });

  it('I4: never two boards active at one instant, with clocks that drift, partitions, late frames and restarts', () => {
    let moves = 0;
    let unleased = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const world = running(3, LEASE_MS, [0.96 + random.unit() * 0.08, 0.96 + random.unit() * 0.08, 0.96 + random.unit() * 0.08], seed);
        const { host, boards } = world;
        world.faults = { loss: 0.1, twice: 0.2, late: 0.1, lateMs: 3000 };
        for (let step = 0; step < 600; step++) {
          world.pass(1 + random.below(60));
          host.step();
          const { board } = host.record;
          const isSilent = world.nowMs > host.ends[board]!.spokeMs + LEASE_MS * 1.1 + 1000;
          if (random.chance(0.01)) world.cut.add(random.below(3));
          if (random.chance(0.01)) world.cut.clear();
          if (host.target < 0 && random.chance(0.1)) host.target = (board + 1 + random.below(2)) % 3;
          if (random.chance(0.01)) host.abort();
          if (random.chance(0.005)) host.restart(world.nowMs);
          if (random.chance(0.005)) world.reboot(random.below(3));
          if (isSilent && host.ends[board]!.owner === undefined && random.chance(0.3)) host.reassign(random.below(3));
          let active = 0;
          for (const each of boards) {
            if (!each.isActive(world.nowMs)) continue;
            active++;
            if (random.chance(0.5)) each.turn(random);
          }
          expect(active).toBeLessThanOrEqual(1);
          checkOwners(world);
        }
        for (const board of boards) {
          moves += board.link.counters.activations;
          unleased += board.link.counters.turnsUnleased;
        }
      }),
      { numRuns: 15 },
    );
    expect(moves).toBeGreaterThan(10);
    expect(unleased).toBeGreaterThan(100);
  });
});

describe('any schedule', () => {
  it('I1 I3 I4: moves, aborts, restarts, losses of power and of frames; the count has no gap, and one board has it at the end', () => {
    let moves = 0;
    let thaws = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const world = running(3, 0, [], seed);
        const { host, boards } = world;
        world.faults = { loss: 0.15, twice: 0.15, late: 0.05, lateMs: 4000 };
        const losesPower = random.chance(0.5);
        let turns = host.head.getU32(0);
        for (let step = 0; step < 800; step++) {
          world.pass(1 + random.below(40));
          if (random.chance(0.7)) host.step();
          if (host.target < 0 && random.chance(0.1)) host.target = (host.record.board + 1 + random.below(2)) % 3;
          if (random.chance(0.01)) host.abort();
          if (random.chance(0.004)) host.restart(world.nowMs);
          if (losesPower && random.chance(0.006)) world.reboot(random.below(3));
          const dropped = random.below(100);
          if (dropped < 3) {
            boards[dropped]!.link.disconnected(boards[dropped]!.nowMs(world.nowMs));
            world.plug(dropped);
          }
          for (const board of boards) {
            if (!random.chance(0.3) || !board.isActive(world.nowMs)) continue;
            board.turn(random);
            turns++;
          }
          checkOwners(world);
        }
        world.faults = NO_FAULTS;
        host.abort();
        const owner = () => boards[host.record.board]!;
        world.until(() => owner().isActive(world.nowMs) && owner().link.phase === PHASE_LIVE && owner().link.isSettled);
        checkOwners(world);
        expect(sameBytes(owner().state(), host.head.bytes)).toBe(true);
        // Each turn counts one: none was lost, none counted twice, on whatever board it ran.
        if (!losesPower) expect(host.head.getU32(0)).toBe(turns);
        for (const board of boards) {
          moves += board.link.counters.activations;
          thaws += board.link.counters.thaws;
        }
      }),
      { numRuns: 25 },
    );
    expect(moves).toBeGreaterThan(20);
    expect(thaws).toBeGreaterThan(5);
  });
});
