import { describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';

const FIRMWARE = ['links', 'board', 'enrolment', 'flash-slots', 'health', 'identity', 'serial-transport', 'turn-trial'];

async function preloaded(): Promise<string[]> {
  return [...(await modulesUnder('src')), ...FIRMWARE.map((name) => `firmware/${name}.ts`)];
}

describe('I5: what the firmware allocates on XS', () => {
  it('a frame over the serial transport: no slot, no byte, whatever its size', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const { stdout } = mustBeDone(await runOnXs({ entry: 'test/firmware/programs/serial-slots.ts', preload: await preloaded() }));
    const costs = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(costs.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['in', 20],
      ['in', 280],
      ['out', 20],
      ['out', 280],
    ]);
    for (const cost of costs) expect(cost).toMatchObject({ slotsPerFrame: 0, chunkBytesPerFrame: 0 });
  });

  it('3,000 commits of a whole board: nothing, and no collection', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const run = await runOnXs({
      entry: 'test/firmware/programs/steady-board.ts',
      preload: await preloaded(),
      args: ['3000'],
      profile: 'roomy',
    });
    const report = JSON.parse(mustBeDone(run).stdout);
    expect(report).toMatchObject({ slots: 0, chunkBytes: 0, collections: 0 });
    expect(report.commits).toBeGreaterThanOrEqual(3000);
  });
});
