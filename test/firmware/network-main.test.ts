import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SDK_STAND_INS } from '../../sim/esp/modules/index.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, openXsProgram, type XsProgram } from '../../sim/xs/run.js';

describe("the firmware's main on XS, over Wi-Fi and MQTT", () => {
  let program: XsProgram;
  beforeAll(async () => {
    program = await openXsProgram({
      entry: 'test/firmware/programs/network-life.ts',
      preload: await modulesUnder('src'),
      alias: SDK_STAND_INS,
    });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => program.close());

  it.each([1, 2, 3, 4])('I1 I3: through outages of every part of the way and resets it ends with equal states: seed %i', async (seed) => {
    const { stdout } = mustBeDone(await program.run({ args: [String(seed)], profile: 'roomy' }));
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ isEqual: true, resets: 2, epoch: 3, sockets: 1, drivers: 1, writesThrown: 0, notSent: 0 });
    expect(report.count).toBeGreaterThan(100);
    expect(report.opens).toBeGreaterThan(0);
  });
});
