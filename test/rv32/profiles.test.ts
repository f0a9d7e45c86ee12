// The memory profiles of real boards on the emulated board: they end where they end on this machine, to the slot.
import { describe, expect, it } from 'vitest';
import { buildRv32Image, type Rv32Image } from '../../sim/rv32/image.js';
import { runImage } from '../../sim/rv32/run.js';
import { openXsProgram } from '../../sim/xs/run.js';

const BUILD_TIMEOUT_MS = 600_000;
const PROGRAM = { entry: 'test/xs/programs/tools.ts', preload: ['test/xs/programs/library.ts'] };

describe.each(['esp32', 'nodemcu', 'esp32c3'] as const)('memory of %s', (profile) => {
  let image: Rv32Image | undefined;

  it.each(['fill-list', 'fill-chunks', 'recurse'])(
    'is full at the same slot and byte: %s',
    async (tool) => {
      image ??= await buildRv32Image({ ...PROGRAM, name: `profile-${profile}`, memory: profile, isClosed: true });
      const program = await openXsProgram(PROGRAM);
      const here = await program.run({ profile, args: [tool] });
      await program.close();
      const there = await runImage(image, { args: [tool], icount: false });
      expect(there.exitCode).toBe(here.exitCode);
      expect(there.exitCode).toBeGreaterThan(70);
      expect(there.counters).toEqual(here.counters);
    },
    BUILD_TIMEOUT_MS,
  );
});
