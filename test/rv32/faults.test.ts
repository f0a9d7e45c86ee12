import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BoardImage } from '../../sim/rv32/emulator.js';
import { type BoardProgram, boardImage } from '../../sim/rv32/machines.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { Cli } from '../host/support/cli.js';
import { eventually } from './support/eventually.js';
import { NoisyLine } from './support/noisy-line.js';
import { Rig } from './support/rig.js';

const SEED = suiteSeed();
const PROGRAM: BoardProgram = { agentPath: 'sim/rv32/programs/fault-agent.ts', agentExport: 'faultAgent' };
/** Nobody expects the first death; three more are watched. */
const DEATHS = 4;

interface Fields {
  readonly ticks: number;
  readonly heard: number;
  readonly last: string;
}

let cli: Cli;
let image: BoardImage;
let hastyImage: BoardImage;
let rig: Rig;
let line: NoisyLine | undefined;
beforeAll(async () => {
  cli = await Cli.build();
  image = await boardImage(PROGRAM);
  hastyImage = await boardImage({ ...PROGRAM, config: { backOff: false } });
});
afterEach(async () => {
  await line?.remove();
  line = undefined;
  await rig.remove();
});
afterAll(() => cli.remove());

/** An enrolled board that runs at a host. */
async function start(runs: BoardImage): Promise<void> {
  rig = new Rig(cli, runs);
  await rig.enrol();
  await rig.startHost();
  await eventually('the agent runs', async () => ((await rig.agent())?.headSequence ?? 0) > 10);
}

const fields = async (): Promise<Fields> => (await rig.agent())!.fields as Fields;

/** What the board told about faults, as the host logged it. */
const reports = (): string => rig.host!.stderr;

/** Sends the message that does it and a harmless one, and waits until the harmless one has been heard. */
async function suffer(message: string, withinMs: number): Promise<void> {
  await rig.send(message);
  await rig.send('after');
  await eventually('the message behind it is heard', async () => (await fields()).last === 'after', withinMs);
}

describe('a turn that kills the machine is set aside, and the board is back, equal', () => {
  it('out of memory; its restarts are further apart each time', async () => {
    await start(image);
    await suffer('memory', 90_000);
    expect(rig.board.resets).toEqual({ own: DEATHS, outside: 0 });
    expect(reports()).toContain('memory full');
    expect(reports()).toContain('restarted 4 times in a row without a minute of health');
    expect(reports()).toContain('input 1 failed too often and is set aside');
    expect((await fields()).heard).toBe(1);
    expect((await rig.endsEqual()).status.inputsSetAside).toBe(1);
  });

  it.each([
    ['stack', 'stack overflow'],
    ['spin', 'watchdog'],
  ])('%s: %s', async (message, cause) => {
    await start(hastyImage);
    await suffer(message, 90_000);
    expect(rig.board.resets).toEqual({ own: DEATHS, outside: 0 });
    expect(reports()).toContain(cause);
    expect(reports()).toContain('input 1 failed too often and is set aside');
    expect((await fields()).heard).toBe(1);
    expect((await rig.endsEqual()).status.inputsSetAside).toBe(1);
  });
});

describe('an exception', () => {
  it('of a turn costs that turn: tried three times, set aside, without a restart', async () => {
    await start(image);
    await suffer('throw', 20_000);
    expect(rig.board.resets).toEqual({ own: 0, outside: 0 });
    expect(reports()).toContain('input 1: Error: as told');
    expect((await fields()).heard).toBe(1);
    expect((await rig.endsEqual()).status).toMatchObject({ turnsThrown: 3, inputsSetAside: 1 });
  });

  it('that nothing catches, after a turn, restarts the board; a turn that the host holds is not run again', async () => {
    await start(hastyImage);
    await suffer('reject', 20_000);
    // What the turn committed may leave before its board dies.
    await eventually('the cause is told', () => reports().includes('unhandled rejection'));
    expect(rig.board.resets.own).toBeGreaterThanOrEqual(1);
    expect(rig.board.resets.own).toBeLessThanOrEqual(DEATHS);
    await rig.endsEqual();
  });
});

it(`I1, I6: garbage, flipped bits, half frames and resealed deltas on the UART, both ways: counted, healed, equal (seed ${SEED})`, async () => {
  rig = new Rig(cli, image);
  await rig.enrol();
  const noisy = new NoisyLine(join(rig.folder, 'line'));
  line = noisy;
  await noisy.join(rig.board.serialPath, SEED);
  await rig.startHost(noisy.hostPath);
  await eventually('the agent runs', async () => ((await rig.agent())?.headSequence ?? 0) > 10);
  noisy.noise = { lost: 0.03, flipped: 0.05, resealed: 0.05, halved: 0.05, garbage: 0.1 };
  await eventually('much has been damaged', () => Object.values(noisy.damaged).every((count) => count >= 15), 60_000);
  noisy.quiet();
  await rig.advance(50);
  const { counters, transports } = (await rig.operations().status()) as {
    counters: { link: { badChecks: number } };
    transports: { name: string; counters: { skippedBytes: number } }[];
  };
  expect(counters.link.badChecks).toBeGreaterThan(0);
  expect(transports[1]!.counters.skippedBytes).toBeGreaterThan(0);
  expect(rig.board.resets).toEqual({ own: 0, outside: 0 });
  expect((await rig.endsEqual()).status.refills).toBe(0);
});

it('a host that hangs holds no turn up; when it goes on, the board does, without a refill, and equal', async () => {
  await start(image);
  const { status } = await rig.reading();
  const { epoch } = (await rig.agent())!;
  rig.host!.child.kill('SIGSTOP');
  // Longer than the link takes to count as silent, with more to say than the line holds.
  await eventually('the agent goes on', async () => (await rig.reading()).status.turns > status.turns + 400, 60_000);
  const unheard = (await rig.reading()).status;
  expect(unheard.acknowledgedSequence).toBeLessThan(unheard.sequence - 300);
  rig.host!.child.kill('SIGCONT');
  await eventually('the host has caught up', async () => (await rig.headSequence()) > unheard.sequence);
  expect((await rig.agent())!.epoch).toBe(epoch);
  expect(rig.board.resets).toEqual({ own: 0, outside: 0 });
  expect((await rig.endsEqual()).status.refills).toBe(status.refills);
});
