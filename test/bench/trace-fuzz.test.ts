import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrace, TraceError } from '../../bench/trace.js';
import { Random } from '../../sim/random.js';

const SEED = 20261122;
const ROUNDS = 800;
const SIZE_BYTES = 300;
const PIECES = [
  'NaN',
  '-1',
  '1e99',
  '9007199254740993',
  '""',
  'null',
  '[[',
  ']]',
  '{',
  '[0,"AA=="]',
  '"AA="',
  '=',
  '__proto__',
  '\n',
  '\r\n',
  '\u0000',
  '\ud800',
  ',',
];

type Commit = [number, string][];

describe(`traces made up from good ones (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const folder = mkdtempSync(join(tmpdir(), 'godwit-trace-fuzz-'));
  const path = join(folder, 'trace.jsonl');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const base64 = (count: number): string => Buffer.from(Array.from({ length: count }, () => random.below(256))).toString('base64');

  function goodCommits(): Commit[] {
    return Array.from({ length: 1 + random.below(4) }, () =>
      Array.from({ length: random.below(4) }, (): [number, string] => {
        const count = random.below(40);
        return [random.below(SIZE_BYTES - count + 1), base64(count)];
      }),
    );
  }

  /** Changed inside its lines and written as JSON again: only the checks of its values can find that. */
  function changedInside(header: Record<string, unknown>, commits: unknown[]): void {
    const values: unknown[] = [
      -1,
      0.5,
      SIZE_BYTES,
      2 ** 53,
      1e300,
      '0',
      null,
      [],
      {},
      true,
      'AA=',
      'A===',
      base64(SIZE_BYTES + 1),
      'AAAA AAAA',
    ];
    const value = values[random.below(values.length)];
    const commit = commits[random.below(commits.length)] as unknown[];
    switch (random.below(5)) {
      case 0:
        header[random.chance(0.5) ? 'size' : 'initial'] = value;
        return;
      case 1:
        commits[random.below(commits.length)] = value;
        return;
      case 2:
        commit.push([value, base64(4)]);
        return;
      case 3:
        commit.push([random.below(SIZE_BYTES), value]);
        return;
      default:
        commit.push(random.chance(0.5) ? value : [0, 'AA==', value]);
    }
  }

  function cutAndPasted(text: string): string {
    let changed = text;
    for (let edits = 1 + random.below(3); edits > 0; edits--) {
      const at = random.below(changed.length + 1);
      const piece = random.chance(0.3) ? '' : PIECES[random.below(PIECES.length)]!;
      changed = changed.slice(0, at) + piece + changed.slice(Math.min(changed.length, at + random.below(20)));
    }
    return changed;
  }

  it('I6: each is read with every write inside the state, or refused with its line', () => {
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const header: Record<string, unknown> = { size: SIZE_BYTES, initial: base64(SIZE_BYTES) };
      const commits: unknown[] = goodCommits();
      if (random.chance(0.5)) changedInside(header, commits);
      const text = [header, ...commits].map((line) => JSON.stringify(line)).join('\n');
      writeFileSync(path, random.chance(0.4) ? cutAndPasted(text) : text);
      try {
        const { sizeBytes, initial, commits: read } = readTrace(path);
        expect(initial.length).toBe(sizeBytes);
        for (const writes of read) {
          for (const [offset, bytes] of writes) expect(offset >= 0 && offset + bytes.length <= sizeBytes).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof TraceError)) throw error;
        expect(error.message).toMatch(/trace\.jsonl:\d+: \S/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 3);
    expect(refused).toBeLessThan(ROUNDS * 0.9);
  });
});
