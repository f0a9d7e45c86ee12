import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOARD_ACTIVE, BOARD_BACKING_OFF, BOARD_FENCED } from '../../firmware/board.js';
import { SDK_STAND_INS } from '../../sim/esp/modules/index.js';
import { BUILD_TIMEOUT_MS } from '../../sim/xs/build.js';
import { modulesUnder } from '../../sim/xs/bundle.js';
import { mustBeDone, openXsProgram, runOnXs, type XsProgram } from '../../sim/xs/run.js';

describe("the firmware's main on XS", () => {
  let program: XsProgram;
  beforeAll(async () => {
    program = await openXsProgram({
      entry: 'test/firmware/programs/firmware-life.ts',
      preload: await modulesUnder('src'),
      alias: SDK_STAND_INS,
    });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => program.close());

  it.each([1, 2, 3, 4])(
    'I1 I3: enrolled over its line, through losses, resets and stalls, it ends with equal states: seed %i',
    async (seed) => {
      const { stdout } = mustBeDone(await program.run({ args: [String(seed)], profile: 'roomy' }));
      const report = JSON.parse(stdout);
      expect(report.isEqual).toBe(true);
      expect(report.fault).toBe('unhandled exception: Error: boom');
      // Why it restarted, and how much RAM is in use.
      expect(report.reports).toEqual(expect.arrayContaining([7, 8]));
      expect(report.committed).toBeGreaterThan(10);
      expect(report.writesRefused).toBeGreaterThan(0);
      // A life costs an epoch if it comes to a session.
      expect(report.resets).toBeGreaterThan(1);
      expect(report.epoch).toBeGreaterThan(1);
      expect(report.epoch).toBeLessThanOrEqual(1 + report.resets);
      // 64 writes of a life watch its first turns, after a death; a board that restarts does not wear its flash out.
      expect(report.writes).toBeLessThan(75 * (report.resets + 1));
      expect(report.erases).toBeLessThanOrEqual(1);
    },
  );

  it('backs off, survives a torn checkpoint, and stays fenced', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const faults = { entry: 'test/firmware/programs/firmware-faults.ts', preload: await modulesUnder('src'), alias: SDK_STAND_INS };
    const { stdout } = mustBeDone(await runOnXs({ ...faults, profile: 'roomy', timeoutMs: BUILD_TIMEOUT_MS }));
    const report = JSON.parse(stdout);
    expect(report.phases).toEqual([BOARD_ACTIVE, BOARD_ACTIVE, BOARD_ACTIVE, BOARD_BACKING_OFF, BOARD_ACTIVE]);
    expect(Math.min(...report.numbers)).toBeGreaterThan(0);
    expect([report.startsAlone, report.isEqualAgain]).toEqual([1, true]);
    expect(report.fenced).toEqual([BOARD_FENCED, BOARD_FENCED, BOARD_ACTIVE]);
    expect(report.framesWhileFenced).toBe(0);
  });
});
