import { describe, expect, it } from 'vitest';
import { NO_SESSION_INTERVAL_MS } from '../../../host/sessions/link-state.js';
import { StoreError } from '../../../host/store/store.js';
import { KIND_NO_SESSION } from '../../../src/wire/constants.js';
import { kindOf } from '../../../src/wire/frame.js';
import { AGENT, isGapless, type MoveBoard, MoveWorld } from './world.js';

/** A refill takes a few seconds. */
const slow = { bytesPerSecond: 4000 };
/**
 * From the host's start until a board that waits has said hello and is being prepared: a read of the store, two round trips, and another
 * call, if the first came so soon after the board's last hello that it did not heed it.
 */
const HEARD_MS = 2000;
const POWERLESS_MS = 10_000;

/** The agent's board has no power, another board waits. */
function orphaned(options = {}): MoveWorld {
  const world = new MoveWorld(2, options);
  world.settle();
  world.wires[0]!.unplug();
  world.boards[0]!.boot();
  world.pass(POWERLESS_MS);
  return world;
}

function expectRestored(world: MoveWorld, what: string): void {
  const target = world.boards[1]!;
  world.until(() => world.view?.phase === 'done' && target.turns.length > 5);
  expect(world.record.boardId, what).toBe(target.boardId);
  expect(world.active, what).toEqual([target.boardId]);
  expect(isGapless(world.said), what).toBe(true);
}

/** How long it takes until the target is prepared again, after the host has died and started. */
function preparedAfterMs(world: MoveWorld): number {
  const startMs = world.clock.nowMs();
  world.restartHost();
  world.until(() => (world.view?.bytesDown ?? 0) > 0);
  return world.clock.nowMs() - startMs;
}

describe('a host that starts calls the boards on its wires', () => {
  it('a board that waits is there at once, not when its half minute is over', () => {
    const world = orphaned();
    const startMs = world.clock.nowMs();
    world.restartHost();
    world.until(() => world.sessions.vacantBoards().length === 1);
    expect(world.clock.nowMs() - startMs).toBeLessThan(HEARD_MS);
    expect(world.wires[1]!.board!.link.dueMs(world.clock.nowMs())).toBeGreaterThan(world.clock.nowMs());
  });

  it('killed when the order was durable and nobody knew of it: the restore goes on', () => {
    const world = orphaned();
    world.wires[1]!.filter = (up) => !up;
    world.restore(1);
    world.until(() => world.record.plan !== undefined);
    world.wires[1]!.filter = () => false;
    expect(preparedAfterMs(world)).toBeLessThan(HEARD_MS);
    expectRestored(world, 'before the first frame');
  });

  it('killed at any place of the refill: the board is prepared again within a second, with what it lacks', () => {
    for (const sentBytes of [1, 500, 1500, 3000, 6000]) {
      const world = orphaned(slow);
      world.restore(1);
      world.until(() => (world.view?.bytesDown ?? 0) >= sentBytes);
      expect(preparedAfterMs(world), `${sentBytes} bytes`).toBeLessThan(HEARD_MS);
      expectRestored(world, `${sentBytes} bytes`);
      const { sizeBytes } = world.record;
      expect(world.view!.bytesDown, `${sentBytes} bytes`).toBeLessThan(1.1 * sizeBytes + 500 - 0.5 * sentBytes);
    }
  });

  it('a restore goes on by itself when the board loses its link, with what it lacks, or its power, with everything', () => {
    for (const sentBytes of [500, 3000, 6000]) {
      const bytesDown = (strike: (world: MoveWorld) => void) => {
        const world = orphaned(slow);
        world.restore(1);
        world.until(() => (world.view?.bytesDown ?? 0) >= sentBytes);
        strike(world);
        expectRestored(world, `${sentBytes} bytes`);
        return world.view!.bytesDown;
      };
      const undisturbed = bytesDown(() => {});
      const replugged = bytesDown(({ wires, boards }) => {
        wires[1]!.unplug();
        wires[1]!.plug(boards[1]!);
      });
      // Page hashes say what is there: 4 bytes for a page, and one round of what was on its way.
      expect(replugged).toBeLessThan(1.1 * undisturbed + 700);
      expect(bytesDown((world) => world.powerCycle(1))).toBeGreaterThan(undisturbed + 0.8 * sentBytes);
    }
  });

  it('calls that get lost are repeated, while the board of an open plan was not seen', () => {
    for (const lost of [1, 2, 5]) {
      const world = orphaned();
      world.restore(1);
      world.until(() => world.record.plan !== undefined);
      let calls = 0;
      world.wires[1]!.filter = (up) => !up && calls++ < lost;
      const afterMs = preparedAfterMs(world);
      expect(afterMs, `${lost} lost`).toBeGreaterThan((lost - 1) * NO_SESSION_INTERVAL_MS);
      expect(afterMs, `${lost} lost`).toBeLessThan((lost + 1) * NO_SESSION_INTERVAL_MS + HEARD_MS);
      expectRestored(world, `${lost} lost`);
    }
  });

  it('a store that cannot tell its plans is asked again once a second, not with every frame', () => {
    const world = orphaned();
    world.host.crash();
    world.host.restart();
    const { store } = world.host;
    const list = store.list.bind(store);
    let asked = 0;
    store.list = (done) => {
      const isFailing = ++asked <= 3;
      if (isFailing) world.clock.at(world.clock.nowMs() + 0.2, () => done(new StoreError('io', 'the disk said no')));
      else list(done);
    };
    for (const wire of world.wires) wire.plugHost();
    const startMs = world.clock.nowMs();
    world.until(() => asked === 4);
    expect(world.clock.nowMs() - startMs).toBeGreaterThan(2500);
    world.pass(5000);
    expect(asked).toBe(4);
    expect(world.sessions.vacantBoards()).toHaveLength(1);
  });

  it('nobody is called again where there is no plan, and a board that runs keeps its session', () => {
    const world = new MoveWorld(2);
    world.settle();
    let calls = 0;
    for (const wire of world.wires) wire.filter = (up, frame) => !up && kindOf(frame[0]!) === KIND_NO_SESSION && ++calls > 1000;
    world.restartHost();
    world.until(() => world.sessions.vacantBoards().length === 1 && world.boards[0]!.runner.link.session !== 0);
    const { session } = world.boards[0]!.runner.link;
    const called = calls;
    world.pass(10 * NO_SESSION_INTERVAL_MS);
    expect(calls).toBe(called);
    expect(world.boards[0]!.runner.link.session).toBe(session);
  });

  it('a target that stays away is called for two minutes; then the restore is given up, although no link brings a frame', () => {
    const world = orphaned();
    world.restore(1);
    world.until(() => world.record.plan !== undefined);
    world.wires[1]!.isCut = true;
    world.restartHost();
    world.until(() => world.view?.phase === 'aborted', 130_000);
    expect(world.view!.reason).toContain('was away for 120 s');
  });
});

describe('a plan whose end could not be written', () => {
  /** A move that was given up, while the disk failed; the operator was told that it was. */
  function givenUp(seed: number): MoveWorld {
    const world = new MoveWorld(3, {}, undefined, seed);
    world.settle();
    world.migrate(1);
    world.until(() => (world.view?.bytesDown ?? 0) > 500);
    world.host.disk.failing = true;
    expect(world.sessions.abort(AGENT)).toBeUndefined();
    expect(world.view).toMatchObject({ phase: 'aborted' });
    return world;
  }

  it('is written again while the host lives', () => {
    let failures = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const world = givenUp(seed);
      world.pass(2500);
      failures += world.host.disk.failures;
      world.host.disk.failing = false;
      world.until(() => planOf(world).phase === 'aborted');
      world.restartHost();
      world.until(() => world.view !== undefined && world.active.length > 0);
      world.pass(1000);
      expect(world.view).toMatchObject({ phase: 'aborted', reason: 'given up by the operator' });
      expect(world.record).toMatchObject({ boardId: world.boards[0]!.boardId });
    }
    expect(failures).toBeGreaterThan(10);
  });

  it('an order that came meanwhile is not overwritten', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = givenUp(seed);
      world.pass(20 * seed);
      world.host.disk.failing = false;
      world.until(() => {
        if (world.view?.phase === 'aborted') world.migrate(2);
        world.pass(1);
        return world.refusal === undefined && world.view?.target === world.boards[2]!.boardId;
      });
      world.until(() => world.view?.phase === 'done' && planOf(world).phase === 'done');
      world.pass(3000);
      expect(planOf(world)).toMatchObject({ phase: 'done', target: world.boards[2]!.boardId });
    }
  });

  it('killed before that: a move whose target has committed since is over for the next host', () => {
    const world = new MoveWorld(2);
    world.settle();
    world.host.onMigration = (_agentId, { phase }) => {
      if (phase !== 'done') return;
      world.host.disk.armed = { phase: 'before-write', crash: () => world.host.crash() };
    };
    world.migrate(1);
    world.until(() => !world.host.isUp);
    expect(planOf(world).phase).toBe('filling');
    const target = world.boards[1]!;
    world.host.onMigration = () => {};
    // Everything that the target has committed was lost with the host: what it was granted says that it may have run, not that it did.
    world.restartHost();
    world.until(() => planOf(world).phase === 'done' && target.turns.length > 0);
    world.pass(500);
    expect(world.record.headEpoch).toBe(world.record.epoch);
    rewritePlan(world, 'filling');
    world.wires[1]!.unplug();
    world.restartHost();
    world.restore(1);
    world.until(() => world.view !== undefined);
    expect(world.view).toMatchObject({ phase: 'done', target: target.boardId });
    world.until(() => planOf(world).phase === 'done');
  });
});

describe('a record that names a board which has lost its agent', () => {
  /** The flash that says whose board it is was erased; nothing is known of a move. */
  function lost(): MoveWorld {
    const world = new MoveWorld(2);
    world.settle();
    const board = world.boards[0]!;
    world.wires[0]!.unplug();
    board.agentId = undefined;
    board.boot();
    world.wires[0]!.plug(board);
    world.until(() => world.sessions.vacantBoards().length === 2);
    return world;
  }

  it('a migration is refused with the way out; a restore brings the agent back to it', () => {
    const world = lost();
    world.migrate(1);
    expect(world.refusal).toMatchObject({ reason: 'absent', message: expect.stringMatching(/says that it is vacant: restore the agent/) });
    world.restore(0);
    world.until(() => world.view?.phase === 'done');
    expectCounting(world, world.boards[0]!);
  });

  it('to another board too, and to an older sequence', () => {
    const world = lost();
    const at = world.record.sequence - 2;
    world.restore(1);
    world.until(() => world.view?.phase === 'done');
    expectCounting(world, world.boards[1]!);
    const again = lost();
    again.restore(0, at);
    again.until(() => again.view?.phase === 'done');
    expect(again.record.boardId).toBe(again.boards[0]!.boardId);
    again.until(() => again.boards[0]!.turns.length > 0 && again.active.length === 1);
  });

  it('also when the host dies in any phase of that', () => {
    for (const at of ['filling', 'prepared', 'granting', 'activating', 'retiring']) {
      const world = lost();
      let crashes = 0;
      world.host.onMigration = (_agentId, { phase }) => {
        if (phase === at && crashes++ === 0) world.clock.at(world.clock.nowMs(), () => world.restartHost(100));
      };
      world.restore(0);
      world.until(() => crashes > 0 && world.view?.phase === 'done');
      expectCounting(world, world.boards[0]!);
    }
  });
});

function expectCounting(world: MoveWorld, owner: MoveBoard): void {
  const from = owner.turns.length;
  world.until(() => owner.turns.length > from + 5 && owner.runner.link.isSettled);
  expect(world.record).toMatchObject({ boardId: owner.boardId, epoch: owner.epoch });
  expect(world.active).toEqual([owner.boardId]);
}

function planOf(world: MoveWorld): { phase: string; target: string } {
  return JSON.parse(new TextDecoder().decode(world.record.plan));
}

function rewritePlan(world: MoveWorld, phase: string): void {
  const plan = new TextEncoder().encode(JSON.stringify({ ...planOf(world), phase }));
  let isDone = false;
  world.host.store.putPlan(AGENT, plan, () => {
    isDone = true;
  });
  world.until(() => isDone);
}
