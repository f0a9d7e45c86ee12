// Suites of the core on RV32IMC: those that take seconds there; the XS tier runs them all. They give what they give on this machine, to
// the last computron.
import { describe, expect, it } from 'vitest';
import { runOnRv32 } from '../../sim/rv32/run.js';
import { type Memory, PROFILES } from '../../sim/xs/profiles.js';
import { suiteSeed } from '../../sim/xs/suite-seed.js';
import { type Engine, runSuiteOnXs } from '../../sim/xs/suites.js';

const FILES = [
  'agent/engine',
  'codec/fixtures',
  'delta/sink',
  'delta/targets',
  'link/delta-stream',
  'link/frame-gate',
  'memory/mask-runs',
  'memory/page-set',
  'state/containers',
  'state/utf8',
  'state/values',
  'wire/cobs',
];

/** A quarter of `roomy`: a collection looks at every slot, and takes its time here. */
const profile: Memory = { ...PROFILES.roomy, arenaBytes: 16 << 20, chunkBytes: [4 << 20, 1 << 20], slotCount: [1 << 17, 1 << 15] };

const emulated: Engine = (options) => runOnRv32({ ...options, name: 'suite', icount: false });

describe(`the core's suites on RV32IMC, seed ${suiteSeed()}`, () => {
  it.each(FILES)('%s', async (name) => {
    const file = `test/core/${name}.test.ts`;
    const results = await runSuiteOnXs(file, { engine: emulated, profile });
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toEqual(await runSuiteOnXs(file, { profile }));
  });
});
