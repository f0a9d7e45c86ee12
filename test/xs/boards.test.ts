// Memory profiles of real boards: what they hold, and where they end. All of it needs slots of 16 bytes, as boards have.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BoardLinkKind, BoardName, Coding } from '../../sim/measure/xs-figures.js';
import { type BoardSetup, largestState, measureBoard, measureManyCommits } from '../../sim/xs/boards.js';
import { BUILD_TIMEOUT_MS, buildXsHost } from '../../sim/xs/build.js';
import { PROFILES, SLOT_BYTES } from '../../sim/xs/profiles.js';
import { EXIT_MEMORY_FULL, EXIT_STACK_OVERFLOW, mustBeDone, openXsProgram, type XsProgram } from '../../sim/xs/run.js';

const COMMITS = 1_000_000;
const BOARDS: readonly BoardName[] = ['esp32', 'nodemcu', 'esp32c3'];

describe('the memory of real boards', () => {
  let tools: XsProgram;
  beforeAll(async () => {
    const { wordBits } = await buildXsHost();
    expect(wordBits, 'an engine of 64 bits has slots of 32 bytes: what it needs says nothing about a board').toBe(32);
    tools = await openXsProgram({ entry: 'test/xs/programs/tools.ts', preload: ['test/xs/programs/library.ts'] });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => tools?.close());

  it.each(BOARDS)('has slots of 16 bytes: %s', async (profile) => {
    expect(mustBeDone(await tools.run({ args: ['text'], profile })).counters!.slotBytes).toBe(SLOT_BYTES);
  });

  it('of a nodemcu is of fixed size: neither heap grows, and neither gives to the other', async () => {
    const { chunkBytes, slotCount } = PROFILES.nodemcu;
    const slots = await tools.run({ args: ['fill-list'], profile: 'nodemcu' });
    const chunks = await tools.run({ args: ['fill-chunks'], profile: 'nodemcu' });
    for (const { exitCode, counters } of [slots, chunks]) {
      expect(exitCode).toBe(EXIT_MEMORY_FULL);
      expect(counters).toMatchObject({ slotsHeld: slotCount[0] - 1, chunkBytesHeld: chunkBytes[0], arenaFreeBytes: 0 });
    }
    expect(slots.counters!.slotsPeak).toBe(slotCount[0] - 1);
    expect(slots.counters!.chunkBytesPeak).toBeLessThan(1024);
    expect(chunks.counters!.chunkBytesPeak).toBeGreaterThan(0.9 * chunkBytes[0]);
  });

  it('of an esp32c3 is one block: either heap may have all that the other leaves', async () => {
    const { arenaBytes, slotCount, chunkBytes, stackCount } = PROFILES.esp32c3;
    const stackBytes = stackCount * SLOT_BYTES;
    const slots = await tools.run({ args: ['fill-list'], profile: 'esp32c3' });
    const chunks = await tools.run({ args: ['fill-chunks'], profile: 'esp32c3' });
    expect([slots.exitCode, chunks.exitCode]).toEqual([EXIT_MEMORY_FULL, EXIT_MEMORY_FULL]);
    expect(slots.counters!.slotsHeld).toBeGreaterThan(slotCount[0] + (chunkBytes[0] / SLOT_BYTES) * 0.9);
    expect(chunks.counters!.chunkBytesHeld).toBeGreaterThan(arenaBytes - stackBytes - slotCount[0] * SLOT_BYTES - 3 * chunkBytes[1]);
    for (const { counters } of [slots, chunks]) {
      const heldBytes = counters!.slotsHeld * SLOT_BYTES + counters!.chunkBytesHeld + stackBytes + counters!.arenaFreeBytes;
      expect(heldBytes).toBeLessThanOrEqual(arenaBytes);
      expect(heldBytes).toBeGreaterThan(arenaBytes - 256);
    }
  });

  it.each(BOARDS)('ends cleanly when the stack is full: %s', async (profile) => {
    expect((await tools.run({ args: ['recurse'], profile })).exitCode).toBe(EXIT_STACK_OVERFLOW);
  });

  it.each<[BoardName, number, BoardLinkKind, Coding, number]>([
    ['nodemcu', 32768, 'serial', 'stored', 0],
    ['nodemcu', 32768, 'serial', 'modelled', 0],
    ['nodemcu', 32768, 'mqtt', 'modelled', 4],
    ['esp32c3', 8192, 'serial', 'stored', 0],
    ['esp32c3', 8192, 'mqtt', 'modelled', 4],
    ['esp32', 32768, 'serial', 'modelled', 0],
  ])('of %s holds the firmware and an agent of %i bytes over %s, %s, refilled once; a frame takes %i slots', async (...row) => {
    const [profile, stateBytes, link, coding, slotsPerFrame] = row;
    const costs = await measureBoard({ profile, stateBytes, link, coding });
    expect(costs).toMatchObject({ refills: 1, slotsPerFrame, grownChunkBytes: 0 });
    if (slotsPerFrame === 0) expect(costs.collections).toBe(0);
    else expect(costs.collections).toBeLessThan(costs.framesOut / 30);
    expect(costs.deltas).toBeGreaterThan(500);
    expect(costs.framesOut).toBeGreaterThan(200);
    expect(costs.chunkBytes).toBeGreaterThan(stateBytes);
    expect(costs.stackPeak).toBeLessThan(costs.stackCount - 100);
    // A pool that was empty inside a turn: stored, at this speed, the rewrites meet deltas that are under way.
    if (link === 'serial' && coding === 'stored' && stateBytes > 8192) expect(costs.aborts).toBeGreaterThan(0);
  });

  it('has an end: a state a page larger than the largest does not fit', async () => {
    const setup: BoardSetup = { profile: 'esp32c3', stateBytes: 8192, link: 'serial', coding: 'modelled' };
    const largestBytes = await largestState(await measureBoard(setup));
    expect(largestBytes).toBeGreaterThan(16384);
    expect((await measureBoard({ ...setup, stateBytes: largestBytes })).arenaFreeBytes).toBeLessThan(2048);
    await expect(measureBoard({ ...setup, stateBytes: largestBytes + 256 })).rejects.toThrow('memory full');
  });

  it(`I5: is not used one slot more after ${COMMITS} commits`, async () => {
    const { commits, slots, chunkBytes, collections } = await measureManyCommits(COMMITS);
    expect(commits).toBeGreaterThanOrEqual(COMMITS);
    expect({ slots, chunkBytes, collections }).toEqual({ slots: 0, chunkBytes: 0, collections: 0 });
  });
});
