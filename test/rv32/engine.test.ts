// The engine on RV32IMC is the engine of the XS tier: the same bytecode uses the same memory and ends at the same place, to the last digit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRv32Image, type Rv32Image } from '../../sim/rv32/image.js';
import { runImage, runOnRv32 } from '../../sim/rv32/run.js';
import { BUILD_TIMEOUT_MS, buildXsHost } from '../../sim/xs/build.js';
import { EXIT_MEMORY_FULL, EXIT_STACK_OVERFLOW, mustBeDone, openXsProgram, runOnXs, type XsProgram } from '../../sim/xs/run.js';
import { calculate } from '../xs/programs/calculate.js';

const TOOLS = { entry: 'test/xs/programs/tools.ts', preload: ['test/xs/programs/library.ts'] };

describe('the engine on RV32IMC', () => {
  let here: XsProgram;
  let image: Rv32Image;
  beforeAll(async () => {
    const { wordBits } = await buildXsHost();
    expect(wordBits, 'a host with 16-byte slots; apt-get install -y gcc-multilib').toBe(32);
    here = await openXsProgram(TOOLS);
    image = await buildRv32Image({ ...TOOLS, name: 'tools', memory: 'board', isClosed: true });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => here?.close());

  it.each([
    ['fill-slots', EXIT_MEMORY_FULL],
    ['fill-chunks', EXIT_MEMORY_FULL],
    ['recurse', EXIT_STACK_OVERFLOW],
    ['churn', 0],
    ['throw', 1],
    ['reject', 1],
    ['write-flash', 1],
    ['promise', 0],
    ['exit', 9],
    ['preloaded', 0],
    ['globals', 0],
    ['text', 0],
  ])('agrees with this machine in slots, chunks, meter, words and end: %s', async (tool, exitCode) => {
    const there = await runImage(image, { args: [tool], icount: false });
    expect(there.exitCode).toBe(exitCode);
    const { stdout, stderr, counters } = await here.run({ args: [tool] });
    expect(there).toMatchObject({ stdout, stderr, counters });
  });

  it('calculates what Node calculates', async () => {
    const { stdout } = mustBeDone(await runOnRv32({ entry: 'test/xs/programs/print-calculation.ts', name: 'calculation', icount: false }));
    expect(stdout.trimEnd().split('\n')).toEqual(calculate());
  });

  it('gives the same output, counters and instructions in every run under -icount', async () => {
    const first = mustBeDone(await runImage(image, { args: ['churn'] }));
    const second = mustBeDone(await runImage(image, { args: ['churn'] }));
    expect(first.instructions).toBeGreaterThan(10_000_000);
    expect(second).toEqual(first);
  });

  it('takes arguments and input, and gives output byte by byte', async () => {
    const input = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    const { output, stdout } = mustBeDone(
      await runOnRv32({ ...TOOLS, name: 'echo', profile: 'roomy', args: ['echo', 'a b', '"', 'ä😀'], input, icount: false }),
    );
    expect(Buffer.from(output).equals(Buffer.from([...input.map((byte) => byte ^ 0xff), 0xff, 0xfe]))).toBe(true);
    expect(stdout).toBe('echo|a b|"|ä😀\n');
  });

  it('counts instructions under -icount alone', async () => {
    const entry = { text: "import { host } from './sim/xs/host-api.js'; host.print(host.instructions());" };
    const counted = mustBeDone(await runOnRv32({ entry, name: 'instructions' }));
    expect(Number(counted.stdout)).toBeGreaterThan(1_000_000);
    expect(counted.instructions).toBeGreaterThan(Number(counted.stdout));
    const uncounted = mustBeDone(await runOnRv32({ entry, name: 'instructions', icount: false }));
    expect([uncounted.stdout, uncounted.instructions]).toEqual(['NaN\n', undefined]);
    expect(mustBeDone(await runOnXs({ entry })).stdout).toBe('NaN\n');
  });

  it('ends a run that takes too long', async () => {
    const entry = { text: 'for (;;);' };
    await expect(runOnRv32({ entry, name: 'endless', timeoutMs: 300 })).rejects.toThrow('stopped after 300 ms');
  });
});
