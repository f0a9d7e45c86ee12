import { describe, expect, it } from 'vitest';
import { moveReport } from '../../../host/commands/move-progress.js';
import { SEQUENCE_STRIDE } from '../../../src/link/epoch-line.js';
import { KIND_ACTIVATE, KIND_FROZEN, KIND_HELLO } from '../../../src/wire/constants.js';
import type { Wire } from '../sessions/harness.js';
import { AGENT, counting, isGapless, MoveBoard, MoveWorld } from './world.js';

function start(...options: ConstructorParameters<typeof MoveWorld>): MoveWorld {
  const world = new MoveWorld(...options);
  world.settle();
  return world;
}

/** The board with this index owns the agent, alone, and what it holds is durable. */
function expectOwner(world: MoveWorld, index: number): void {
  const owner = world.boards[index]!;
  const from = owner.count;
  world.until(() => owner.count >= from + 5 && owner.runner.link.session !== 0);
  expect(world.record.boardId).toBe(owner.boardId);
  // A turn may be delayed while the link is slower than the agent.
  world.until(() => world.active.length > 0);
  expect(world.active).toEqual([owner.boardId]);
  expect(owner.epoch).toBe(world.record.epoch);
  expect(isGapless(world.said)).toBe(true);
}

describe('live migration', () => {
  it('moves a counting agent: no gap, no repeat, the source is vacant', () => {
    const world = start();
    const source = world.boards[0]!;
    const target = world.boards[1]!;
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    expect(world.refusal).toBeUndefined();
    expectOwner(world, 1);
    expect(world.phases.filter((phase, index, all) => all.indexOf(phase) === index)).toEqual([
      'filling',
      'prepared',
      'freezing',
      'granting',
      'activating',
      'retiring',
      'done',
    ]);
    expect(source.runner.link.isVacant).toBe(true);
    expect(source.retired?.epoch).toBe(2);
    expect(target.activations).toEqual([2]);
    const view = world.view!;
    expect(view).toMatchObject({ isRetired: true, freezes: 1, kind: 'migrate', converges: expect.any(Boolean) });
    expect(view.downtimeMs).toBeGreaterThan(0);
    expect(view.downtimeMs).toBeLessThan(1.2 * view.lowerBoundMs + 10);
    expect(view.bytesDown).toBeGreaterThan(8000);
    const stats = world.sessions.migrationStats;
    expect(stats.fullCount).toBe(1);
    expect(stats.fullBytes).toBe(world.record.sizeBytes);
  });

  it('a late copy of a hello of the target, from when it was the owner before, is no word of it: the source stays until the target speaks', () => {
    const world = start();
    let firstHello: Uint8Array | undefined;
    world.wires[0]!.filter = (up, frame) => {
      if (up && (frame[0]! & 31) === KIND_HELLO) firstHello ??= frame.slice();
      return false;
    };
    world.powerCycle(0);
    world.until(() => world.boards[0]!.runner.link.isSettled && world.active.length === 1);
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    world.pass(500);
    world.wires[0]!.filter = (up, frame) => !up && (frame[0]! & 31) === KIND_ACTIVATE;
    world.migrate(0);
    world.until(() => world.view?.phase === 'activating');
    world.wires[0]!.deliverUp(firstHello!);
    world.pass(1000);
    world.wires[0]!.filter = () => false;
    world.until(() => world.view?.phase === 'done');
    expectOwner(world, 0);
    expect(world.boards[1]!.runner.link.isVacant).toBe(true);
  });
});

describe('restore', () => {
  it('the head, onto a vacant board', () => {
    const world = start();
    world.wires[0]!.unplug();
    const dead = world.boards[0]!;
    world.pass(10_000);
    const head = world.record.sequence;
    world.restore(1);
    world.until(() => world.view?.phase === 'done');
    expect(world.boards[1]!.count).toBeGreaterThan(0);
    world.until(() => world.record.sequence > SEQUENCE_STRIDE);
    expect(head).toBeLessThan(SEQUENCE_STRIDE);
    world.wires[0]!.plug(dead);
    world.until(() => dead.runner.link.isVacant);
    expectOwner(world, 1);
    let commits: number[] = [];
    world.host.store.history(AGENT, (_error, points) => {
      commits = (points ?? []).map((point) => point.commits);
    });
    world.until(() => commits.length > 0);
    // The numbers that the new line leaves out are no commits.
    expect(Math.max(...commits)).toBeLessThan(100);
    expect(Math.min(...commits)).toBeGreaterThan(0);
  });

  it('an older sequence, as a new commit in a new epoch; the old board is fenced', () => {
    const world = start();
    world.pass(2000);
    const at = world.record.sequence - 50;
    let preview: { outputs: readonly unknown[]; headSequence: number } | undefined;
    world.sessions.previewRestore(AGENT, at, (_error, found) => {
      preview = found;
    });
    world.pass(500);
    expect(preview!.outputs.length).toBe(preview!.headSequence - at);
    world.restore(1, at);
    world.until(() => world.view?.phase === 'done');
    expect(world.view!.atSequence).toBe(at);
    const restored = world.boards[1]!;
    world.until(() => restored.turns.length > 0);
    expect(restored.turns[0]!.count).toBeLessThan(at + 5);
    world.until(() => world.boards[0]!.runner.link.isVacant);
    expect(world.record).toMatchObject({ boardId: restored.boardId, epoch: 2 });
    expect(world.active).toEqual([restored.boardId]);
    let faults: readonly string[] | undefined;
    world.host.store.verify(AGENT, (_error, report) => {
      faults = report?.faults;
    });
    world.pass(10);
    expect(faults).toEqual([]);
  });
});

describe('what is refused before anything moves', () => {
  function expectRefused(world: MoveWorld, reason: string): void {
    world.pass(1000);
    expect(world.refusal).toMatchObject({ name: 'MoveError', reason });
    expect(world.record).toMatchObject({ boardId: world.boards[0]!.boardId, epoch: 1, plan: undefined });
    expect(world.boards[0]!.runner.link.counters.freezes).toBe(0);
    world.refusal = undefined;
  }

  it('an older sequence, to a board that was vacant and runs the agent by now, is given up at once: it is to be ordered again', () => {
    const world = start();
    let late: Uint8Array | undefined;
    world.wires[1]!.filter = (up, frame) => {
      if (up || (frame[0]! & 31) !== KIND_ACTIVATE) return false;
      late ??= frame.slice();
      return true;
    };
    world.migrate(1);
    world.until(() => world.view?.phase === 'activating');
    world.restore(1, world.record.sequence - 2);
    world.until(() => world.view?.kind === 'restore');
    expect(world.refusal).toBeUndefined();
    world.wires[1]!.deliverDown(late!);
    world.until(() => world.view?.phase === 'aborted', 2000);
    expect(world.view?.reason).toMatch(/runs the agent again: order it once more/);
    expectOwner(world, 1);
  });

  it('boards that are not there, that run an agent, or that run another program; a restore of what lives, a migration of what does not', () => {
    const world = start(3);
    world.sessions.migrate(AGENT, 'ee'.repeat(16), {}, world.done);
    expectRefused(world, 'absent');
    world.migrate(0);
    expectRefused(world, 'occupied');
    world.restore(1);
    expectRefused(world, 'alive');
    world.sessions.migrate('77'.repeat(16), world.boards[1]!.boardId, {}, world.done);
    expectRefused(world, 'unknown');
    const other = new MoveBoard(counting(5000, 'other'), 0xc1, true);
    world.wires[2]!.unplug();
    world.wires[2]!.plug(other);
    world.until(() => world.sessions.vacantBoards().some(({ boardId }) => boardId === other.boardId));
    world.sessions.migrate(AGENT, other.boardId, {}, world.done);
    expectRefused(world, 'incompatible');
    world.wires[0]!.unplug();
    world.migrate(1);
    expectRefused(world, 'absent');
    expect(world.sessions.abort(AGENT)).toMatchObject({ reason: 'nothing' });
    world.sessions.rollback(AGENT, world.done);
    expectRefused(world, 'nothing');
  });

  it('a target that does not answer: the source never notices', () => {
    const world = start();
    world.wires[1]!.isCut = true;
    world.migrate(1);
    world.until(() => world.view?.phase === 'aborted');
    expect(world.view!.reason).toContain('does not answer');
    expect(world.record.epoch).toBe(1);
    expect(world.boards[0]!.runner.link.counters.freezes).toBe(0);
    expectOwner(world, 0);
  });

  it('a second order while one is under way', () => {
    const world = start(3);
    world.migrate(1);
    world.until(() => world.view?.phase === 'filling');
    world.migrate(2);
    expect(world.refusal).toMatchObject({ reason: 'moving' });
    world.until(() => world.view?.phase === 'done');
    expectOwner(world, 1);
  });

  it('a second order before the first is durable: it would overwrite the plan', () => {
    const world = start(3);
    let first: Error | undefined | 'not answered' = 'not answered';
    world.sessions.migrate(AGENT, world.boards[1]!.boardId, {}, (error) => {
      first = error;
    });
    world.migrate(2);
    expect(first).toBe('not answered');
    expect(world.refusal).toMatchObject({ reason: 'busy', message: expect.stringMatching(/try again$/) });
    world.until(() => world.view?.phase === 'done');
    expect(first).toBeUndefined();
    expectOwner(world, 1);
  });

  it('one board is given one agent, also before the first order is durable', () => {
    const world = new MoveWorld(3);
    const other = 'a2'.repeat(16);
    const board = new MoveBoard(counting(), 0xc2, false, 0xa2);
    world.wires[2]!.unplug();
    world.wires[2]!.plug(board);
    world.until(
      () => world.sessions.vacantBoards().length === 1 && [AGENT, other].every((id) => (world.sessions.agent(id)?.sequence ?? 0) > 5),
    );
    const target = world.boards[1]!.boardId;
    const expectOccupied = () => {
      world.sessions.migrate(other, target, {}, world.done);
      expect(world.refusal).toMatchObject({ reason: 'occupied', message: expect.stringContaining(`agent ${AGENT} (counting)`) });
    };
    world.sessions.migrate(AGENT, target, {}, () => undefined);
    expectOccupied();
    world.until(() => world.view?.phase === 'freezing');
    expectOccupied();
    world.until(() => world.view?.phase === 'done');
    expectOccupied();
    expect(world.host.durable(other)!.record).toMatchObject({ boardId: board.boardId, plan: undefined });
  });
});

describe('the way back', () => {
  it('given up before the grant, in every phase: the source goes on, thawed if it stood still', () => {
    for (const phase of ['filling', 'prepared', 'freezing']) {
      const world = start();
      let given: unknown = 'not asked';
      world.host.onMigration = (_agentId, view) => {
        if (view.phase === phase && given === 'not asked')
          world.clock.at(world.clock.nowMs() + 3, () => (given = world.sessions.abort(AGENT)));
      };
      world.migrate(1);
      world.until(() => world.view?.phase === 'aborted' || world.view?.phase === 'done');
      const index = world.view!.phase === 'done' ? 1 : 0;
      if (index === 0) expect(given, phase).toBeUndefined();
      expectOwner(world, index);
      world.until(() => world.sessions.vacantBoards().length === 1);
      world.migrate(1 - index);
      world.until(() => world.view?.phase === 'done');
      expectOwner(world, 1 - index);
    }
  });

  it('a source that stands still and came back in another session hears of its thaw there', () => {
    const world = start();
    const [source, target] = world.wires as [Wire, Wire];
    world.migrate(1);
    world.until(() => world.view?.phase === 'freezing');
    target.isCut = true;
    const { link } = world.boards[0]!.runner;
    world.until(() => link.isFrozen);
    world.pass(100);
    source.unplug();
    source.plug(world.boards[0]!);
    world.until(() => link.session !== 0);
    expect(world.view).toMatchObject({ phase: 'freezing' });
    expect(link.isFrozen).toBe(true);
    expect(world.sessions.abort(AGENT)).toBeUndefined();
    expectOwner(world, 0);
  });

  it('... also if its word that it stands still is lost', () => {
    const world = start();
    const [source, target] = world.wires as [Wire, Wire];
    source.filter = (up, frame) => up && (frame[0]! & 31) === KIND_FROZEN;
    world.migrate(1);
    world.until(() => world.view?.phase === 'freezing');
    target.isCut = true;
    const { link } = world.boards[0]!.runner;
    world.until(() => link.isFrozen);
    source.unplug();
    source.plug(world.boards[0]!);
    world.until(() => link.session !== 0);
    expect(world.view).toMatchObject({ phase: 'freezing' });
    expect(world.sessions.abort(AGENT)).toBeUndefined();
    expectOwner(world, 0);
  });

  it('... also if the move is given up in the instant of its welcome', () => {
    const world = start();
    const [source, target] = world.wires as [Wire, Wire];
    source.filter = (up, frame) => up && (frame[0]! & 31) === KIND_FROZEN;
    world.migrate(1);
    world.until(() => world.view?.phase === 'freezing');
    target.isCut = true;
    const { link } = world.boards[0]!.runner;
    world.until(() => link.isFrozen);
    let refusal: Error | undefined;
    world.host.onSession = () => {
      if (world.view?.phase === 'freezing' && world.sessions.agent(AGENT)!.linkId >= 0) refusal = world.sessions.abort(AGENT);
    };
    source.unplug();
    source.plug(world.boards[0]!);
    world.until(() => world.view?.phase === 'aborted', 5000);
    expect(refusal).toBeUndefined();
    expectOwner(world, 0);
  });

  it('after the move: rollback is a move back, and again', () => {
    const world = start();
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    expectOwner(world, 1);
    for (const index of [0, 1]) {
      world.sessions.rollback(AGENT, world.done);
      world.until(() => world.view?.phase === 'done' && world.view.target === world.boards[index]!.boardId);
      expect(world.refusal).toBeUndefined();
      expect(world.view!.isRollback).toBe(true);
      expectOwner(world, index);
    }
    expect(world.record.epoch).toBe(4);
  });

  it('after a restart of the host too: the plan is durable', () => {
    const world = start();
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    world.pass(100);
    world.restartHost();
    world.until(() => world.view !== undefined);
    expect(world.view).toMatchObject({ phase: 'done', target: world.boards[1]!.boardId });
    world.until(() => {
      if (world.view?.phase === 'done' && world.view.target === world.boards[1]!.boardId) world.sessions.rollback(AGENT, world.done);
      return world.record.boardId === world.boards[0]!.boardId;
    });
    world.until(() => world.view?.phase === 'done');
    expectOwner(world, 0);
  });
});

describe('convergence', () => {
  /** Writes faster than the line: every round leaves as much as the one before. */
  const slow = { bytesPerSecond: 4000 };

  it('a state that changes as fast as the link is moved all the same, and the view says how', () => {
    const world = start(2, slow, counting(undefined, 'counting', 200));
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    expect(world.view).toMatchObject({ converges: false });
    const report = moveReport({ ...world.view!, agentName: 'counting', phases: [] }).join('\n');
    expect(report).toContain('more rounds do not help: it was stopped, and the rest copied');
    expect(world.view!.downtimeMs).toBeGreaterThan(100);
    expectOwner(world, 1);
  });

  it('or is refused, where it would stand still for too long, with what was predicted', () => {
    const world = start(2, slow, counting(undefined, 'counting', 200));
    world.migrate(1, 50);
    world.until(() => world.view?.phase === 'aborted');
    expect(world.view!.reason).toMatch(/about \d+ ms, more than the 50 ms allowed: its state changes as fast as the link/);
    expect(world.record.epoch).toBe(1);
    expectOwner(world, 0);
  });
});

describe('a limit that no state could keep', () => {
  it('is refused before the source is told to stand still: round trips and writes alone take longer', () => {
    const world = start(2, { latencyMs: 40 });
    world.migrate(1, 100);
    world.until(() => world.view?.phase === 'aborted');
    expect(world.view!.reason).toMatch(/about \d{3} ms, more than the 100 ms allowed: round trips and writes alone take that long/);
    expect(world.view).toMatchObject({ freezes: 0, downtimeMs: 0, lowerBoundMs: 0 });
    expect(world.boards[0]!.runner.link.counters.freezes).toBe(0);
    expectOwner(world, 0);
  });
});

describe('a lease', () => {
  const LEASE_MS = 2000;

  it('I4 in real time: a partitioned board and its replacement never run at once', () => {
    for (const withHello of [false, true]) {
      const world = start(2, {}, counting(LEASE_MS));
      const [source, target] = world.boards as [MoveBoard, MoveBoard];
      const cutMs = world.clock.nowMs();
      world.wires[0]!.isCut = true;
      if (withHello) world.sessions.detach(world.wires[0]!.linkId);
      world.until(() => {
        world.restore(1);
        world.pass(100);
        return world.refusal === undefined;
      });
      world.until(() => {
        expect(world.active.length).toBeLessThanOrEqual(1);
        return world.view?.phase === 'done';
      });
      expect(world.clock.nowMs() - cutMs).toBeGreaterThan(LEASE_MS * 1.1);
      const last = source.turns.at(-1)!;
      expect(last.atMs).toBeLessThanOrEqual(cutMs + LEASE_MS);
      expect(target.turns.every(({ atMs }) => atMs > last.atMs)).toBe(true);
      expectOwner(world, 1);
    }
  });

  it('I4 in real time: a board that another host on the same store keeps alive is not replaced; cut off from that one, after its lease', () => {
    // It has nothing to commit for long: that its head stands still says nothing.
    const world = new MoveWorld(2, {}, counting(LEASE_MS, 'quiet', 1, 100_000));
    world.until(() => world.host.durable(AGENT)?.record.sequence === 1 && world.sessions.vacantBoards().length === 1);
    const [source, target] = world.boards as [MoveBoard, MoveBoard];
    Object.assign(world.host.store, { isShared: true });
    const other = world.secondHost();
    world.wires[0]!.unplug();
    other.plug(0);
    world.pass(12_000);
    const restoreUntil = (phase: string) =>
      world.until(() => {
        if (world.view === undefined || world.refusal !== undefined) world.restore(1);
        world.pass(10);
        expect(world.active.length).toBeLessThanOrEqual(1);
        return world.view?.phase === phase;
      });
    restoreUntil('aborted');
    expect(world.active).toEqual([source.boardId]);
    const cutMs = world.clock.nowMs();
    world.wires[0]!.isCut = true;
    world.restore(1);
    restoreUntil('done');
    expect(world.clock.nowMs() - cutMs).toBeGreaterThan(LEASE_MS * 1.1);
    expect(world.record.boardId).toBe(target.boardId);
  });

  it('a frozen source needs no wait', () => {
    const world = start(2, {}, counting(LEASE_MS));
    world.migrate(1);
    world.until(() => world.view?.phase === 'done');
    expect(world.view!.downtimeMs).toBeLessThan(200);
    expect(world.record.leaseMs).toBe(LEASE_MS);
    expectOwner(world, 1);
  });
});

describe('two coordinators on one store', () => {
  it('one grant wins; the other tells nobody anything', () => {
    const winners = new Set<number>();
    for (const leadMs of [0, 50, 100, 130, 160, 200, 250, 300]) {
      const world = start(3);
      const other = world.secondHost();
      world.wires[0]!.unplug();
      world.wires[2]!.unplug();
      other.plug(2);
      world.until(() => other.sessions.vacantBoards().length === 1);
      other.sessions.restore(AGENT, world.boards[2]!.boardId, {}, world.done);
      world.until(() => other.sessions.migration(AGENT) !== undefined);
      world.pass(leadMs);
      world.restore(1);
      const isOver = (phase: string | undefined) => phase === 'done' || phase === 'aborted';
      world.until(() => isOver(world.view?.phase) && isOver(other.sessions.migration(AGENT)?.phase));
      const owner = world.boards.findIndex(({ boardId }) => boardId === world.record.boardId);
      expect(owner).toBeGreaterThan(0);
      expect(world.boards.flatMap(({ activations }) => activations).filter((epoch) => epoch === world.record.epoch)).toHaveLength(1);
      world.until(() => world.boards[owner]!.turns.length > 0);
      world.pass(10_000);
      const newest = world.boards.filter(({ epoch, runner }) => !runner.link.isVacant && epoch === world.record.epoch);
      expect(newest.map(({ boardId }) => boardId)).toEqual([world.boards[owner]!.boardId]);
      winners.add(owner);
    }
    expect([...winners].sort()).toEqual([1, 2]);
  });
});

describe('more than two boards', () => {
  it('a target that is lost after the grant: a third board takes over, and neither of the others ever runs again', () => {
    for (const phase of ['activating', 'retiring']) {
      const world = start(3);
      const [source, lost, third] = world.boards as [MoveBoard, MoveBoard, MoveBoard];
      world.host.onMigration = (_agentId, view) => {
        if (view.phase === phase && view.target === lost.boardId) world.clock.at(world.clock.nowMs(), () => world.wires[1]!.unplug());
      };
      world.migrate(1);
      world.until(() => world.record.boardId === lost.boardId && world.wires[1]!.board === undefined);
      world.until(() => {
        world.restore(2);
        world.pass(100);
        return world.refusal === undefined;
      });
      world.until(() => world.view?.phase === 'done' && world.view.target === third.boardId);
      world.wires[1]!.plug(lost);
      world.until(() => source.runner.link.isVacant && lost.runner.link.isVacant);
      expect(world.record.boardId).toBe(third.boardId);
      world.until(() => world.active.length > 0 && third.runner.link.isSettled);
      expect(world.active).toEqual([third.boardId]);
    }
  });

  it('two vacant boards with one identity: while the first answers, the second is refused', () => {
    const world = start(3);
    const double = new MoveBoard(counting(), 0xb2, true);
    double.boot();
    world.wires[2]!.unplug();
    world.migrate(1);
    world.until(() => world.view?.phase === 'filling' && world.view.bytesDown > 0);
    world.wires[2]!.plug(double);
    world.until(() => world.view?.phase === 'done');
    expectOwner(world, 1);
    expect(double.activations).toEqual([]);
    expect(world.host.events.map(({ kind }) => kind)).toContain('clone');
  });

  it('messages that wait go to the new owner, once', () => {
    const world = start();
    const numbers: (number | undefined)[] = [];
    const send = () => world.sessions.sendInput(AGENT, new Uint8Array([1]), (_error, number) => numbers.push(number));
    world.migrate(1);
    let sent = 0;
    world.until(() => {
      if (sent < 8 && world.clock.nowMs() > 0 && world.view !== undefined) {
        sent++;
        send();
        world.pass(40);
      }
      return world.view?.phase === 'done' && sent === 8;
    });
    world.until(() => (world.boards[1]!.runner.state as { heard: number }).heard === 8);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expectOwner(world, 1);
    expect((world.boards[1]!.runner.state as { heard: number }).heard).toBe(8);
  });
});
