// I5: a transport's calls cost a stated number of slots per frame.
import { expect, it } from 'vitest';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';

const FRAMES = 10_000;

it(`I5: ${FRAMES} frames over MQTT: 4 slots each up, none down, 4 for each further part of a message; no chunk, no collection`, async () => {
  const result = await runOnXs({
    entry: 'test/firmware/programs/mqtt-slots.ts',
    preload: await modulesUnder('src'),
    args: [String(FRAMES)],
    profile: 'roomy',
  });
  const found = JSON.parse(mustBeDone(result).stdout) as Record<'up' | 'down' | 'downInTwo', object>;
  expect(found.up).toEqual({ slots: 4, chunkBytes: 0, collections: 0 });
  expect(found.down).toEqual({ slots: 0, chunkBytes: 0, collections: 0 });
  expect(found.downInTwo).toEqual({ slots: 4, chunkBytes: 0, collections: 0 });
  expect(found).toMatchObject({ framesOut: FRAMES + 1, framesIn: 3 * FRAMES });
});
