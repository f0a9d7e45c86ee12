// The board's side of enrolment on the engine that it is written for.
import { describe, expect, it } from 'vitest';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, runOnXs } from '../../sim/xs/run.js';
import { runSuiteOnXs } from '../../sim/xs/suites.js';

const ENROLMENTS = 1000;

describe('enrolment on XS', () => {
  it('passes its suite', async () => {
    const results = await runSuiteOnXs('test/firmware/enrolment.test.ts');
    expect(results.filter((result) => result.error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(10);
  });

  it(`I5: ${ENROLMENTS} enrolments, refused ones too: no slot, no chunk, no collection`, async () => {
    const result = await runOnXs({
      entry: 'test/firmware/programs/steady-enrolment.ts',
      preload: await modulesUnder('src'),
      args: [String(ENROLMENTS)],
      profile: 'nodemcu',
    });
    mustBeDone(result);
    expect(JSON.parse(result.stdout)).toMatchObject({ commits: ENROLMENTS, slots: 0, chunkBytes: 0, collections: 0 });
  });
});
