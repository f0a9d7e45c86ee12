import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildXsHost } from '../../sim/xs/build.js';
import type { Peer } from '../../sim/xs/peer.js';
import { PROFILES } from '../../sim/xs/profiles.js';
import { EXIT_MEMORY_FULL, EXIT_STACK_OVERFLOW, mustBeDone, openXsProgram, runOnXs, type XsProgram } from '../../sim/xs/run.js';
import { calculate } from './programs/calculate.js';

const LIBRARY = 'test/xs/programs/library.ts';

describe('XS engine', () => {
  let tools: XsProgram;
  beforeAll(async () => {
    tools = await openXsProgram({ entry: 'test/xs/programs/tools.ts', preload: [LIBRARY] });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => tools.close());

  it('has the 16-byte slots of a board', async () => {
    const { wordBits } = await buildXsHost();
    const { counters } = mustBeDone(await tools.run({ args: ['text'] }));
    expect(counters?.slotBytes).toBe(wordBits === 32 ? 16 : 32);
  });

  it('calculates what Node calculates', async () => {
    const { stdout } = mustBeDone(await runOnXs({ entry: 'test/xs/programs/print-calculation.ts' }));
    expect(stdout.trimEnd().split('\n')).toEqual(calculate());
  });

  it.each(['fill-slots', 'fill-chunks'])('ends cleanly when memory is full: %s', async (tool) => {
    const result = await tools.run({ args: [tool] });
    expect(result.exitCode).toBe(EXIT_MEMORY_FULL);
    expect(result.stderr).toMatch(/memory full: \d+ slots of \d+ bytes, \d+ bytes of chunks .* arena 131072 bytes/);
    expect(result.stdout).toBe('');
    expect(result.counters?.collections).toBeGreaterThan(0);
  });

  it('uses the whole arena before it gives up', async () => {
    const small = await tools.run({ args: ['fill-chunks'] });
    const large = await tools.run({ args: ['fill-chunks'], profile: { ...PROFILES.board, arenaBytes: 2 * PROFILES.board.arenaBytes } });
    const grown = large.counters!.chunkBytesPeak - small.counters!.chunkBytesPeak;
    expect(grown).toBeGreaterThan(0.9 * PROFILES.board.arenaBytes);
    expect(grown).toBeLessThan(1.1 * PROFILES.board.arenaBytes);
    expect(small.counters!.arenaFreeBytes).toBeLessThan(4096);
  });

  it('collects and compacts garbage of both kinds', async () => {
    const { stdout, counters } = mustBeDone(await tools.run({ args: ['churn'] }));
    expect(stdout).toBe('survived\n');
    expect(counters?.collections).toBeGreaterThan(10);
  });

  it('ends cleanly when the stack is full', async () => {
    const result = await tools.run({ args: ['recurse'] });
    expect(result.exitCode).toBe(EXIT_STACK_OVERFLOW);
    expect(result.stderr).toContain('stack overflow');
    expect(result.stdout).toBe('');
  });

  it.each([
    ['throw', 'unhandled exception: RangeError: out of bounds on purpose'],
    ['reject', 'unhandled rejection: Error: rejected on purpose'],
    ['write-flash', 'TypeError: read-only buffer'],
  ])('says what was thrown: %s', async (tool, message) => {
    const result = await tools.run({ args: [tool] });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(message);
    expect(() => mustBeDone(result)).toThrow(message);
  });

  it('runs promise jobs to their end, and exits with the code it is given', async () => {
    expect(mustBeDone(await tools.run({ args: ['promise'] })).stdout).toBe('resolved 2\n');
    expect((await tools.run({ args: ['exit'] })).exitCode).toBe(9);
  });

  it('takes input and gives output byte by byte', async () => {
    const input = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    const memory = { ...PROFILES.board, arenaBytes: 262144 };
    const { output, stdout } = mustBeDone(await tools.run({ args: ['echo', 'a b', '"'], input, profile: memory }));
    expect(Buffer.from(output).equals(Buffer.from([...input.map((byte) => byte ^ 0xff), 0xff, 0xfe]))).toBe(true);
    expect(stdout).toBe('echo|a b|"\n');
  });

  it('speaks in turns with a peer in another process, frame by frame', async () => {
    const taken: string[] = [];
    let turns = 0;
    const peer: Peer = {
      take: (frame) => taken.push(`${frame.length} ${frame[0]}`),
      turn(send) {
        if (turns++ > 0) return;
        send(Uint8Array.of(9, 8, 7), 2);
        send(Uint8Array.of(6), 1);
      },
    };
    expect(mustBeDone(await tools.run({ args: ['ask-peer'], peer })).stdout).toBe('9 8\n6\n0\n');
    expect(taken).toEqual(['2 1', '300 7']);
  });

  it('says when a peer is not there, fails, or sends too much', async () => {
    expect((await tools.run({ args: ['ask-peer'] })).stderr).toContain('the other end is gone');
    const failing: Peer = {
      take() {
        throw new Error('refused on purpose');
      },
      turn() {},
    };
    await expect(tools.run({ args: ['ask-peer'], peer: failing })).rejects.toThrow('refused on purpose');
    const long: Peer = { take() {}, turn: (send) => send(new Uint8Array(5), 5) };
    expect((await tools.run({ args: ['ask-peer'], peer: long })).stderr).toContain('a frame is longer than the buffer');
  });

  it('counts the same computrons in every run', async () => {
    const first = mustBeDone(await tools.run({ args: ['churn'] }));
    const second = mustBeDone(await tools.run({ args: ['churn'] }));
    expect(first.counters!.meter).toBeGreaterThan(100_000);
    expect(second.counters).toEqual(first.counters);
  });

  it('reads its counters without using a slot or a chunk', async () => {
    expect(mustBeDone(await tools.run({ args: ['measure-reading'] })).stdout).toBe('0 0 0\n');
  });

  it('keeps a preloaded library out of the board memory', async () => {
    const entry = 'test/xs/programs/tools.ts';
    const preloaded = mustBeDone(await tools.run({ args: ['preloaded'] }));
    const loaded = mustBeDone(await runOnXs({ entry, args: ['preloaded'] }));
    expect(loaded.stdout).toBe(preloaded.stdout);
    expect(loaded.counters!.slots - preloaded.counters!.slots).toBeGreaterThan(40);
    expect(loaded.counters!.chunkBytes - preloaded.counters!.chunkBytes).toBeGreaterThan(1000);
    const empty = mustBeDone(await runOnXs({ entry: 'sim/xs/programs/empty.ts' }));
    expect(empty.counters!.slots).toBeLessThan(60);
    expect(empty.counters!.chunkBytes).toBeLessThan(256);
  });

  it('has no global that a bare board lacks, and strings by code point', async () => {
    expect(mustBeDone(await tools.run({ args: ['globals'] })).stdout).toBe('\n');
    expect(mustBeDone(await tools.run({ args: ['text'] })).stdout).toBe('1 1\n');
  });

  it('ends a run that takes too long', async () => {
    const endless = { ...PROFILES.roomy, stackCount: 1 << 20, arenaBytes: 256 << 20 };
    await expect(tools.run({ args: ['fill-slots'], profile: endless, timeoutMs: 30 })).rejects.toThrow('killed after 30 ms');
  });
});
