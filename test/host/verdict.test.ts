import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DemoBoard } from '../../host/demo/demo-board.js';
import { compareStore, Fleet } from '../../host/demo/fleet.js';
import { Host } from '../../host/host.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => folder.remove());

it('one bit turned behind the write barrier is seen by both verdicts of a run: a head that differs is never called equal', async () => {
  const host = await Host.start({ data: folder.path });
  const fleet = new Fleet(host, host.brokerUrl, { boards: 2, withSerial: false, seed: 5, machines: [] });
  await fleet.powerOn();
  const [sound, damaged] = fleet.boards;
  await until('both boards have commits', () => fleet.boards.every((board) => board.acknowledgedSequence > 2));
  expect(await fleet.drain()).toBe(true);
  expect(fleet.report().map(({ equal }) => equal)).toEqual([true, true]);

  (damaged as DemoBoard).program!.memory.bytes[3]! ^= 0x40;
  expect(fleet.report().map(({ equal, boardSha256, hostSha256 }) => [equal, boardSha256 === hostSha256])).toEqual([
    [true, true],
    [false, false],
  ]);
  const states = new Map([...(await fleet.end())].map(([agentId, state]) => [agentId, state.slice()]));
  await host.close();
  expect(await compareStore(host.folder.storePath, states)).toMatchObject({ equal: 1, faults: [] });
  const strangers = new Map([['0'.repeat(32), states.get(sound!.agentId)!]]);
  expect(await compareStore(host.folder.storePath, strangers)).toMatchObject({
    equal: 0,
    faults: [expect.stringContaining('not in the store')],
  });
});
