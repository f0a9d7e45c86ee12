import { describe, expect, it } from 'vitest';
import { AGENT, isGapless, MoveWorld } from './world.js';

/** Does `strike` when so many frames have left since the move was ordered; true: the frame that is about to leave is lost. */
function strikeAt(world: MoveWorld, place: number, strike: () => boolean): () => number {
  let frames = 0;
  for (const wire of world.wires) {
    wire.filter = () => frames++ === place && strike();
  }
  return () => frames;
}

function isAtRest(world: MoveWorld): boolean {
  const { active } = world;
  // A host that died before the plan was durable has promised nothing.
  const phase = world.view?.phase ?? (world.record.plan === undefined ? 'aborted' : 'filling');
  if ((phase !== 'done' && phase !== 'aborted') || active.length !== 1) return false;
  const owner = world.boards.find(({ boardId }) => boardId === active[0])!;
  const { link } = owner.runner;
  return link.isSettled && owner.epoch === world.record.epoch && owner.boardId === world.record.boardId;
}

/** Whatever was struck: one owner, who goes on counting; no number is missing, none was said twice; the store is sound. */
function expectSound(world: MoveWorld, what: string): void {
  try {
    world.until(() => isAtRest(world));
  } catch (error) {
    const boards = world.boards.map(({ runner, epoch }) => [runner.phase, epoch, runner.link.phase, runner.link.isFrozen]);
    throw new Error(`${what}: ${(error as Error).message}; ${JSON.stringify([world.view, world.phases, boards, world.record.boardId])}`);
  }
  const owner = world.boards.find(({ boardId }) => boardId === world.active[0])!;
  const from = owner.count;
  world.until(() => owner.count >= from + 10 && owner.runner.link.isSettled);
  expect(world.active, what).toEqual([owner.boardId]);
  expect(world.view?.phase === 'done' ? owner : world.boards[0], what).toBe(owner);
  expect(Buffer.compare(world.host.durable(AGENT)!.state, owner.runner.memory.bytes.slice(0, owner.runner.memory.sizeBytes)), what).toBe(0);
  world.pass(100);
  const { said } = world;
  if (!isGapless(said)) throw new Error(`${what}: said ${said.join(' ')}`);
  expect(said.at(-1)!, what).toBeGreaterThanOrEqual(from);
}

/** The epochs of turns never go back in time: no board runs an epoch after a newer one was run (I4). */
function expectOrdered(world: MoveWorld, what: string): void {
  const turns = world.boards.flatMap(({ turns }) => turns).sort((a, b) => a.atMs - b.atMs);
  for (let index = 1; index < turns.length; index++) expect(turns[index]!.epoch, what).toBeGreaterThanOrEqual(turns[index - 1]!.epoch);
}

/** Frames of an undisturbed move. */
function frameCount(): number {
  const world = new MoveWorld();
  world.settle();
  world.migrate(1);
  const frames = strikeAt(world, -1, () => false);
  world.until(() => world.view?.phase === 'done');
  return frames();
}

const FRAMES = frameCount();
const strikes: Record<string, (world: MoveWorld) => boolean> = {
  'a frame is lost': () => true,
  'the source loses its power': (world) => later(world, () => world.powerCycle(0)),
  'the target loses its power': (world) => later(world, () => world.powerCycle(1)),
  'the source loses its link': (world) => later(world, () => replug(world, 0)),
  'the target loses its link': (world) => later(world, () => replug(world, 1)),
  'the host dies': (world) => later(world, () => world.restartHost()),
  'the host dies, and is away for a while': (world) => later(world, () => world.restartHost(8000)),
};

/** Not inside a call of the wire's. */
function later(world: MoveWorld, action: () => void): false {
  world.clock.at(world.clock.nowMs(), action);
  return false;
}

function replug(world: MoveWorld, index: number): void {
  const board = world.boards[index]!;
  world.wires[index]!.unplug();
  world.wires[index]!.plug(board);
}

describe(`a live migration of ${FRAMES} frames, struck at each`, () => {
  it.each(Object.entries(strikes))('%s', (name, strike) => {
    let done = 0;
    for (let place = 0; place < FRAMES; place++) {
      const world = new MoveWorld();
      world.settle();
      world.migrate(1);
      strikeAt(world, place, () => strike(world));
      const what = `${name} at frame ${place}`;
      expectSound(world, what);
      expectOrdered(world, what);
      if (world.view?.phase === 'done') done++;
    }
    expect(done).toBeGreaterThan(FRAMES / 2);
  });
});
