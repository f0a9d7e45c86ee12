import { describe, expect, it } from 'vitest';
import type { Fault } from '../../sim/faults.js';
import { type BoardOptions, planRun, type SimOptions } from '../../sim/options.js';
import { run, Simulation } from '../../sim/run.js';

const DAY_MS = 86_400_000;

type FaultSketch = Pick<Fault, 'kind' | 'atMs'> & Partial<Fault>;

/** A run of raw boards with these faults and no others. */
function scenario(faults: readonly FaultSketch[], change: Partial<BoardOptions> = {}, boards = 1): SimOptions {
  const plan = planRun({ seed: 7, boards, commits: 60, faults: 'none' });
  const steady = {
    program: 'raw',
    sizeBytes: 4096,
    maskCount: 16,
    copyCount: 2,
    windowFrames: 3,
    frameBytes: 256,
    turnEveryMs: 50,
  } as const;
  return {
    ...plan,
    boards: plan.boards.map((board) => ({ ...board, ...steady, ...change })),
    faults: faults.map((fault, index) => ({ index, durationMs: 1000, board: 0, amount: 0.3, phase: 'at-once', ...fault })),
  };
}

/** Runs it on both kinds of links, for boards of both kinds; returns the rare paths of all four runs. */
function survives(faults: readonly FaultSketch[], change: Partial<BoardOptions> = {}): Record<string, number> {
  const paths: Record<string, number> = {};
  for (const firstLink of ['serial', 'mqtt'] as const) {
    for (const program of ['raw', 'agent'] as const) {
      const { failure, rarePaths } = run(scenario(faults, { ...change, firstLink, program }));
      expect(failure?.message, `${firstLink} ${program}`).toBeUndefined();
      for (const [name, count] of Object.entries(rarePaths)) paths[name] = (paths[name] ?? 0) + count;
    }
  }
  return paths;
}

describe('a board and its host survive', () => {
  it('a link that dies again and again, before, inside and after deltas', () => {
    survives(Array.from({ length: 20 }, (_, i) => ({ kind: 'outage', atMs: 300 + i * 137, durationMs: 60 }) as const));
  });

  it('a board that loses its power, with and without its RAM', () => {
    const paths = survives([
      { kind: 'power', atMs: 500, durationMs: 200 },
      { kind: 'reset', atMs: 1500, durationMs: 200 },
    ]);
    expect(paths.refill).toBeGreaterThanOrEqual(4);
  });

  it('a host that is restarted at every phase of a write', () => {
    const phases = ['before-write', 'before-sync', 'torn-sync', 'after-sync', 'at-once'] as const;
    const paths = survives(
      phases.map((phase, i) => ({ kind: 'crash', atMs: 400 + i * 700, durationMs: 300, phase }) as const),
      { commits: 120 },
    );
    expect(paths['host crash']).toBeGreaterThanOrEqual(16);
    expect(paths['host crash between write and sync']).toBeGreaterThan(0);
  });

  it('both restarting at once', () => {
    survives([
      { kind: 'crash', atMs: 700, durationMs: 900 },
      { kind: 'power', atMs: 710, durationMs: 300 },
    ]);
  });

  it('a turn that throws while the link is away and a delta undecided', () => {
    survives([
      { kind: 'burst', atMs: 300, durationMs: 3000 },
      { kind: 'outage', atMs: 800, durationMs: 4000 },
      { kind: 'throw', atMs: 1500 },
    ]);
  });

  it('two boards with one identity: the second is refused while the first answers', () => {
    const paths = survives([{ kind: 'clone', atMs: 600, durationMs: 4000 }]);
    expect(paths['clone refused']).toBeGreaterThanOrEqual(4);
    expect(paths['board fenced'] ?? 0).toBe(0);
  });

  it('a clone that takes over while the first board is cut off: the first is fenced when it is back', () => {
    const paths = survives([{ kind: 'fence', atMs: 300, durationMs: 9000 }], { commits: 600 });
    expect(paths['board fenced']).toBeGreaterThanOrEqual(4);
  });

  it('a move to the other link in mid-run, without a full resend', () => {
    const paths = survives([{ kind: 'move', atMs: 700 }]);
    expect(paths['link moved']).toBe(4);
    expect(paths.refill ?? 0).toBe(0);
    expect(paths['resync by hashes'] ?? 0).toBe(0);
  });

  it('going on alone from a checkpoint: both lines are kept', () => {
    const { failure, rarePaths } = run(
      scenario([{ kind: 'alone', atMs: 1600, durationMs: 6000 }], { program: 'agent', runsAlone: true, commits: 200 }),
    );
    expect(failure?.message).toBeUndefined();
    expect(rarePaths['divergence kept']).toBe(1);
  });

  it('a week without a host, in the memory it started with', () => {
    const options = scenario([{ kind: 'crash', atMs: 1000, durationMs: 7 * DAY_MS }], {
      turnEveryMs: 20_000,
      commits: 1e9,
      firstLink: 'mqtt',
    });
    const simulation = new Simulation({ ...options, quietAfterMs: 7 * DAY_MS + 10_000 });
    simulation.run();
    const { failure, commits, wireBytes } = simulation.result();
    expect(failure).toBeUndefined();
    expect(commits).toBeGreaterThan(25_000);
    const program = simulation.units[0]!.main.board.program!;
    expect(program.link.counters.deltasDone).toBeLessThan(10);
    expect(wireBytes).toBeGreaterThan(0);
  }, 60_000);
});
