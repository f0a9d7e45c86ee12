import { describe, expect, it } from 'vitest';
import { SEQUENCE_STRIDE } from '../../../src/link/board-link.js';
import { AGENT, counting, isGapless, MoveWorld } from './world.js';

function start(...options: ConstructorParameters<typeof MoveWorld>): MoveWorld {
  const world = new MoveWorld(...options);
  world.settle();
  return world;
}

/** The board with this index owns the agent, alone, and what it holds is durable. */
function expectOwner(world: MoveWorld, index: number): void {
  const owner = world.boards[index]!;
  const from = owner.count;
  world.until(() => owner.count >= from + 5 && owner.runner.link.isSettled);
  expect(world.record.boardId).toBe(owner.boardId);
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
