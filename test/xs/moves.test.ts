// I5 of a board between which and another one an agent moves: the engine's own counters, over rounds of deltas that come down and over
// all orders.
import { expect, it } from 'vitest';
import type { SteadyState } from '../../sim/measure/xs-figures.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { movingAgent } from '../../sim/xs/programs/moving-agent.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';
import { MovingPeer } from './support/moving-peer.js';

const STEPS = 60_000;
const COMMITS = 10_000;
const TIMEOUT_MS = 300_000;

/** What the program prints: what moved, and what came about since the board's start. */
type Life = Record<'turns' | 'activations' | 'retirements' | 'prepares' | 'freezes' | 'thaws', number>;

it(`I5: takes no slot, no chunk and no collection while an agent comes and goes: ${COMMITS} commits, and moves between them`, async () => {
  const peer = new MovingPeer();
  const result = await runOnXs({
    entry: 'sim/xs/programs/steady-moves.ts',
    preload: [...(await modulesUnder('src')), 'sim/xs/programs/moving-agent.ts'],
    args: [String(STEPS)],
    profile: 'nodemcu',
    peer,
    timeoutMs: TIMEOUT_MS,
  });
  const lines = mustBeDone(result).stdout.trimEnd().split('\n');
  const [steady, life] = lines.map((line) => JSON.parse(line)) as [SteadyState, Life];
  expect(steady).toMatchObject({ slots: 0, chunkBytes: 0, collections: 0 });
  const { host, other, rounds } = peer;
  const { bytes, sizeBytes } = host.head;
  expect(Buffer.from(result.output).equals(Buffer.from(bytes.buffer, bytes.byteOffset, sizeBytes))).toBe(true);
  // Each turn was run by one of the two, and counted: none was lost, none was run twice. The first one initialised.
  expect(movingAgent.state.create(host.head).count).toBe(life.turns + other.counters.turns - 1);
  expect(life.turns).toBeGreaterThan(COMMITS);
  expect(rounds).toBeGreaterThan(2 * life.activations);
  for (const often of [life.activations, life.retirements, life.prepares, life.thaws]) expect(often).toBeGreaterThan(10);
});
