import { describe, expect, it } from 'vitest';
import { Random } from '../../../sim/random.js';
import { AGENT, isGapless, type MoveBoard, MoveWorld } from './world.js';

/** Does `strike` when so many frames have left since the move was ordered; true: the frame that is about to leave is lost. */
function strikeAt(world: MoveWorld, place: number, strike: () => boolean): () => number {
  let frames = 0;
  for (const wire of world.wires) {
    wire.filter = () => frames++ === place && strike();
  }
  return () => frames;
}

/** `isHot`: the line is slower than the agent, so that something is always on its way. */
function isAtRest(world: MoveWorld, isHot: boolean): boolean {
  const { active } = world;
  // A host that died before the plan was durable has promised nothing.
  const phase = world.view?.phase ?? (world.record.plan === undefined ? 'aborted' : 'filling');
  if ((phase !== 'done' && phase !== 'aborted') || active.length !== 1) return false;
  const owner = world.boards.find(({ boardId }) => boardId === active[0])!;
  const { link } = owner.runner;
  return (isHot ? link.session !== 0 : link.isSettled) && owner.epoch === world.record.epoch && owner.boardId === world.record.boardId;
}

/** Whatever was struck: one owner, who goes on counting; no number is missing, none was said twice; the store is sound. */
function expectSound(world: MoveWorld, what: string, target = 1, isHot = false): void {
  try {
    world.until(() => isAtRest(world, isHot));
  } catch (error) {
    const boards = world.boards.map(({ runner, epoch }) => [runner.phase, epoch, runner.link.phase, runner.link.isFrozen]);
    throw new Error(`${what}: ${(error as Error).message}; ${JSON.stringify([world.view, world.phases, boards, world.record.boardId])}`);
  }
  const owner = world.boards.find(({ boardId }) => boardId === world.active[0])!;
  const from = owner.count;
  world.until(() => owner.count >= from + 10 && world.active.length > 0 && (isHot || owner.runner.link.isSettled));
  expect(world.active, what).toEqual([owner.boardId]);
  const goesTo = world.view?.phase === 'done' ? target : 1 - target;
  expect(owner.boardId, what).toBe(world.boards[goesTo]!.boardId);
  if (!isHot) expectEqual(world, owner, what);
  world.pass(isHot ? 5000 : 100);
  const { said } = world;
  if (!isGapless(said)) throw new Error(`${what}: said ${said.join(' ')}`);
  expect(said.at(-1)!, what).toBeGreaterThanOrEqual(from);
}

/** I1: what is durable is what the board holds. */
function expectEqual(world: MoveWorld, { runner: { memory } }: MoveBoard, what: string): void {
  expect(Buffer.compare(world.host.durable(AGENT)!.state, memory.bytes.slice(0, memory.sizeBytes)), what).toBe(0);
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

/** Where the host's process can die in a write, and the ways in which a write can fail. */
describe('the store', () => {
  it.each(['before-write', 'before-sync', 'torn-sync', 'after-sync'] as const)(
    'the host dies %s in each phase: the record decides',
    (phase) => {
      let granted = 0;
      for (const at of ['filling', 'prepared', 'freezing', 'granting', 'activating', 'retiring', 'done']) {
        const world = new MoveWorld();
        world.settle();
        let crashes = 0;
        world.host.onMigration = (_agentId, view) => {
          if (view.phase !== at || crashes++ > 0) return;
          world.host.disk.armed = { phase, crash: () => world.restartHost(500) };
        };
        world.migrate(1);
        const what = `${phase} in ${at}`;
        expectSound(world, what);
        expectOrdered(world, what);
        expect(crashes, what).toBeGreaterThan(0);
        if (world.record.boardId === world.boards[1]!.boardId) granted++;
      }
      expect(granted).toBeGreaterThan(3);
    },
  );

  it('writes fail, or nobody knows whether they did: the record is read before anything is said', () => {
    let failures = 0;
    let unknown = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const world = new MoveWorld(2, {}, undefined, seed);
      world.settle();
      world.host.onMigration = (_agentId, view) => {
        world.host.disk.failing = view.phase === 'granting' || view.phase === 'aborting';
        if (view.phase === 'granting' && view.reason !== '') unknown++;
      };
      world.migrate(1);
      world.until(() => world.refusal !== undefined || (world.view?.phase ?? 'filling') !== 'filling');
      world.clock.at(world.clock.nowMs() + 3000, () => {
        world.host.disk.failing = false;
      });
      const what = `seed ${seed}`;
      expectSound(world, what);
      expectOrdered(world, what);
      failures += world.host.disk.failures;
    }
    expect(failures).toBeGreaterThan(20);
    expect(unknown).toBeGreaterThanOrEqual(0);
  });
});

describe('a restore, struck at each frame', () => {
  const places = Array.from({ length: 60 }, (_, index) => index * 2);
  const restoreStrikes = {
    'a frame is lost': () => true,
    'the target loses its power': strikes['the target loses its power']!,
    'the host dies': strikes['the host dies']!,
  };
  it.each(Object.entries(restoreStrikes))('%s', (name, strike) => {
    for (const place of places) {
      const world = new MoveWorld();
      world.settle();
      world.pass(300);
      world.wires[0]!.unplug();
      world.boards[0]!.boot();
      world.pass(100);
      const at = world.record.sequence - 10;
      const isOlder = place % 4 === 0;
      world.restore(1, isOlder ? at : undefined);
      world.until(() => world.record.plan !== undefined);
      strikeAt(world, place, () => strike(world));
      const what = `${name} at frame ${place}`;
      const target = world.boards[1]!;
      world.until(
        () => world.view?.phase === 'done' && target.count > 0 && target.runner.link.isSettled && target.epoch === world.record.epoch,
      );
      expect(world.record.boardId, what).toBe(target.boardId);
      if (!isOlder) expect(isGapless(world.said), what).toBe(true);
      expectEqual(world, target, what);
      world.wires[0]!.plug(world.boards[0]!);
      world.until(() => world.boards[0]!.runner.link.isVacant && world.active.length > 0);
      expect(world.active, what).toEqual([target.boardId]);
    }
  });
});

describe('lines that lose, double, delay and damage frames', () => {
  it('moves back and forth, seeds 1 to 20', () => {
    let moves = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const hostile = { lossUp: 0.15, lossDown: 0.15, duplicate: 0.1, jitterMs: 20, corrupt: 0.02 };
      const world = new MoveWorld(2, hostile, undefined, seed * 100);
      world.settle();
      for (let move = 0; move < 3; move++) {
        const to = world.record.boardId === world.boards[0]!.boardId ? 1 : 0;
        world.until(() => {
          if (world.view?.phase !== 'filling') world.migrate(to);
          world.pass(200);
          return world.refusal === undefined;
        });
        const what = `seed ${seed}, move ${move}`;
        expectSound(world, what, to, true);
        expectOrdered(world, what);
        if (world.view!.phase === 'done') moves++;
      }
    }
    expect(moves).toBeGreaterThan(40);
  });
});

describe('two and three faults in one move', () => {
  const SEEDS = Number(process.env.MOVE_SEEDS ?? 60);

  it(`seeds 1 to ${SEEDS}`, () => {
    const kinds: ((world: MoveWorld, random: Random) => void)[] = [
      (world) => world.powerCycle(0),
      (world) => world.powerCycle(1),
      (world) => replug(world, 0),
      (world) => replug(world, 1),
      (world, random) => world.restartHost(random.below(3000)),
      (world) => void world.sessions.abort(AGENT),
      (world, random) => {
        const wire = world.wires[random.below(2)]!;
        wire.isCut = true;
        world.clock.at(world.clock.nowMs() + random.below(9000), () => {
          wire.isCut = false;
        });
      },
    ];
    const ends = { done: 0, aborted: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const world = new MoveWorld(2, {}, undefined, seed);
      world.settle();
      world.migrate(1);
      const places = new Set(Array.from({ length: 2 + random.below(2) }, () => random.below(FRAMES + 40)));
      let frames = 0;
      const told: string[] = [];
      for (const wire of world.wires) {
        wire.filter = () => {
          if (!places.has(frames++)) return false;
          const kind = random.below(kinds.length);
          told.push(`${kind} at ${frames - 1}`);
          later(world, () => kinds[kind]!(world, random));
          return random.chance(0.5);
        };
      }
      const what = `seed ${seed}: ${[...places].join(', ')}`;
      world.pass(15_000);
      expectSound(world, `${what} (${told.join('; ')})`);
      expectOrdered(world, what);
      ends[world.view?.phase === 'done' ? 'done' : 'aborted']++;
    }
    expect(ends.done).toBeGreaterThan(SEEDS / 2);
    expect(ends.aborted).toBeGreaterThan(0);
  });
});
