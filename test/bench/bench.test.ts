import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { byteBudget, ratioTo } from '../../bench/byte-budget.js';
import { type Comparison, compareSchemes, installedRivals } from '../../bench/compare.js';
import { serialWireBytes } from '../../bench/framing.js';
import { GodwitScheme } from '../../bench/godwit-scheme.js';
import { ramByFormula } from '../../bench/ram.js';
import { RIVALS } from '../../bench/rivals/programs.js';
import { measureSmallestDeltas } from '../../bench/smallest.js';
import { writeTrace } from '../../bench/trace.js';
import { counters } from '../../bench/workloads/counters.js';
import { BUDGET_WORKLOADS, UNLISTED_WORKLOADS } from '../../bench/workloads/index.js';
import { PageMemory } from '../../src/memory/page-memory.js';

const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const run = spawnSync(process.execPath, ['--import', './tools/ts.js', 'host/cli.ts', 'bench', ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

describe('bytes', () => {
  for (const make of [...BUDGET_WORKLOADS, ...UNLISTED_WORKLOADS]) {
    it(`of ${make.name} come to fewer than the origin's, and the other side holds every state`, () => {
      const comparison = compareSchemes(make(5, 8), []);
      expect(comparison.commits).toBe(8);
      expect(ratioTo(comparison, 'origin')).toBeLessThan(1.02);
    });
  }

  it('stay within the budget against zstd -19 where that is installed', () => {
    const rivals = installedRivals().filter((rival) => rival.name === 'zstd-19');
    const comparisons = BUDGET_WORKLOADS.map((make) => compareSchemes(make(9, 12), rivals));
    const budget = byteBudget(comparisons);
    expect(budget.originRatio).toBeLessThan(1 / 16);
    if (rivals.length > 0) expect(budget.zstd19Ratio).toBeLessThan(1.1);
  });

  it('are those of whole frames: a message of others in the same frames takes as many', () => {
    const workload = counters(1, 30);
    const scheme = new GodwitScheme(workload.initial);
    for (const writes of workload.commits) {
      const before = { payload: scheme.payloadBytes, wire: scheme.serialWireBytes };
      scheme.commit(writes);
      expect(scheme.serialWireBytes - before.wire).toBe(serialWireBytes(scheme.payloadBytes - before.payload + 5));
    }
  });

  it('of programs that are not installed are missing, and named', () => {
    const comparison = compareSchemes(counters(1, 1), []);
    expect(Object.keys(comparison.schemes)).toEqual(['godwit', 'origin']);
    expect(comparison.missing).toHaveLength(RIVALS.length);
  });

  it('of the smallest deltas keep to their goals', () => {
    const { serialBytesByRuns, counterSerialBytes, publishBytes } = measureSmallestDeltas(3);
    for (const [index, bytes] of serialBytesByRuns.entries()) expect(bytes).toBeLessThanOrEqual(23 + 7 * index);
    expect(counterSerialBytes).toBeLessThan(17);
    expect(publishBytes).toBeLessThanOrEqual(40);
  });
});

describe('RAM', () => {
  it('by formula keeps to its goals', () => {
    for (const { storedBytes, storedGoalBytes, modelledBytes, modelledGoalBytes } of ramByFormula()) {
      expect(storedBytes).toBeLessThanOrEqual(storedGoalBytes);
      expect(modelledBytes).toBeLessThanOrEqual(modelledGoalBytes);
    }
  });

  it('by formula is that of the buffers', () => {
    const { stateBytes, storedBytes } = ramByFormula()[1]!;
    const bufferBytes = new PageMemory({ sizeBytes: stateBytes }).bytes.buffer.byteLength;
    expect(Math.abs(storedBytes - (bufferBytes - stateBytes))).toBeLessThan(64);
  });
});

describe('godwit bench', () => {
  it('replays a trace and prints bytes per scheme as JSON', () => {
    const path = join(folder, 'trace.jsonl');
    writeTrace(path, counters(2, 5));
    const { status, stdout } = bench('--trace', path, '--json');
    expect(status).toBe(0);
    const comparison = JSON.parse(stdout) as Comparison;
    expect(comparison).toMatchObject({ commits: 5, stateBytes: 16384 });
    for (const scheme of Object.values(comparison.schemes)) {
      expect(scheme.serialWireBytes).toBeGreaterThan(scheme.payloadBytes);
      expect(scheme.payloadBytes).toBeGreaterThan(0);
    }
    expect(comparison.schemes.godwit!.serialWireBytes).toBeLessThan(comparison.schemes.origin!.payloadBytes / 50);
  });

  it('prints a table', () => {
    const { status, stdout } = bench('--parts', 'ram,smallest');
    expect(status).toBe(0);
    expect(stdout).toMatch(/serial bytes, 1 runs of 4 bytes: \d+ \(goal <= 23: reached\)/);
  });

  it('refuses a bad trace with the line, a missing one, and an unknown part', () => {
    const path = join(folder, 'bad.jsonl');
    writeFileSync(path, '{"size":4,"initial":"AAAAAA=="}\n[[2,"AAAA"]]\n');
    const bad = bench('--trace', path, '--json');
    expect(bad.status).toBe(1);
    expect(bad.stderr).toMatch(/bad\.jsonl:2: write 0: 2 \+ 3 bytes end past/);
    const missing = bench('--trace', join(folder, 'none.jsonl'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/cannot read the trace/);
    const directory = bench('--trace', folder);
    expect(directory.status).toBe(1);
    expect(directory.stderr).toMatch(/cannot read the trace/);
    expect(bench('--parts', 'speed').status).toBe(2);
  });
});
