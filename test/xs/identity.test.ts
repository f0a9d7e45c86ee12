// Deltas, frames, digests, refusals and states are the same bytes on XS as on Node for the same seed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { type EngineRecord, readRecords } from '../../sim/xs/programs/records.js';
import { type Scenario, SIMULATION, scenarios } from '../../sim/xs/programs/scenarios.js';
import { mustBeDone, openXsProgram, type XsProgram } from '../../sim/xs/run.js';

const SEEDS = [1, 2, 3];
const COMMITS = 150;

function onNode(scenario: Scenario, seed: number): EngineRecord[] {
  const parts: Uint8Array[] = [];
  scenario(seed, COMMITS, (bytes, count) => parts.push(bytes.slice(0, count)));
  return readRecords(new Uint8Array(Buffer.concat(parts)));
}

function text(record: EngineRecord | undefined): string | undefined {
  return record && `kind ${record.kind}: ${Buffer.from(record.bytes).toString(record.kind === SIMULATION ? 'utf8' : 'hex')}`;
}

describe('byte identity', () => {
  let program: XsProgram;
  beforeAll(async () => {
    program = await openXsProgram({
      entry: 'sim/xs/programs/identity.ts',
      preload: await modulesUnder('src'),
      inject: ['sim/xs/shim/globals.ts', 'sim/xs/shim/node.ts'],
    });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => program.close());

  describe.each(Object.entries(scenarios))('%s', (name, scenario) => {
    it.each(SEEDS)('seed %i', async (seed) => {
      const { output } = mustBeDone(await program.run({ args: [name, String(seed), String(COMMITS)], profile: 'roomy' }));
      const expected = onNode(scenario, seed);
      const found = readRecords(output);
      expect(expected.length).toBeGreaterThan(0);
      for (const [index, record] of expected.entries()) {
        if (text(found[index]) !== text(record)) expect(text(found[index]), `record ${index} of ${expected.length}`).toBe(text(record));
      }
      expect(found).toHaveLength(expected.length);
    });
  });
});
