import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrace, TRACE_STATE_LIMIT_BYTES, writeTrace } from '../../bench/trace.js';
import { BUDGET_WORKLOADS, UNLISTED_WORKLOADS } from '../../bench/workloads/index.js';

const SEED = 7;
const COMMIT_COUNT = 3;
const folder = mkdtempSync(join(tmpdir(), 'godwit-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function traceOf(text: string): string {
  const path = join(folder, 'trace.jsonl');
  writeFileSync(path, text);
  return path;
}

const readAll = (text: string): unknown => [...readTrace(traceOf(text)).commits];

describe('trace', () => {
  for (const make of [...BUDGET_WORKLOADS, ...UNLISTED_WORKLOADS]) {
    it(`holds ${make.name} without loss`, () => {
      const path = join(folder, `${make.name}.jsonl`);
      writeTrace(path, make(SEED, COMMIT_COUNT));
      const expected = make(SEED, COMMIT_COUNT);
      const read = readTrace(path);
      expect(read.initial).toEqual(expected.initial);
      expect([...read.commits]).toEqual([...expected.commits]);
    });
  }

  it('reads a last line without its newline, and a commit without writes', () => {
    expect(readAll('{"size":4,"initial":"AAAAAA=="}\n[]\n[[1,"AQI="]]')).toEqual([[], [[1, new Uint8Array([1, 2])]]]);
  });

  it('reads past empty lines at the end', () => {
    expect(readAll('{"size":4,"initial":"AAAAAA=="}\n[]\n\n \r\n\n')).toEqual([[]]);
  });

  it('reads the largest state there is', () => {
    const workload = readTrace(
      traceOf(JSON.stringify({ size: TRACE_STATE_LIMIT_BYTES, initial: Buffer.alloc(TRACE_STATE_LIMIT_BYTES, 7).toString('base64') })),
    );
    expect(workload.initial.length).toBe(TRACE_STATE_LIMIT_BYTES);
    expect(workload.initial.every((byte) => byte === 7)).toBe(true);
  });

  const bad: [string, string, RegExp][] = [
    ['an empty file', '', /:1: empty/],
    ['a header that is not JSON', 'size 4', /:1: not JSON/],
    ['a header that is an array', '[]', /:1: expected an object/],
    ['a size of 0', '{"size":0,"initial":""}', /:1: "size" must be/],
    ['a huge size', '{"size":1e15,"initial":""}', /:1: "size" must be/],
    ['a short initial state', '{"size":5,"initial":"AAAAAA=="}', /:1: "initial" has 4 bytes, "size" says 5/],
    ['an initial state that is not base64', '{"size":4,"initial":"AAA*"}', /:1: "initial" must be base64/],
    ['base64 whose padding stands inside', '{"size":4,"initial":"AA==AAAA"}', /:1: "initial" must be base64/],
    ['base64 with three padding characters', '{"size":4,"initial":"A==="}', /:1: "initial" must be base64/],
    ['base64 cut in the middle', '{"size":4,"initial":"AAAAAA="}', /:1: "initial" must be base64/],
    ['a commit that is an object', '{"size":4,"initial":"AAAAAA=="}\n{}', /:2: expected an array/],
    ['a write past the end', '{"size":4,"initial":"AAAAAA=="}\n[]\n[[3,"AQI="]]', /:3: write 0: 3 \+ 2 bytes end past the state's 4/],
    ['a negative offset', '{"size":4,"initial":"AAAAAA=="}\n[[-1,"AQ=="]]', /:2: write 0: offset/],
    ['a fractional offset', '{"size":4,"initial":"AAAAAA=="}\n[[0.5,"AQ=="]]', /:2: write 0: offset/],
    ['a write of three parts', '{"size":4,"initial":"AAAAAA=="}\n[[0,"AQ==",1]]', /:2: write 0: expected/],
    ['an empty line', '{"size":4,"initial":"AAAAAA=="}\n\n[]', /:2: not JSON/],
  ];
  for (const [what, text, message] of bad) it(`refuses ${what}`, () => expect(() => readAll(text)).toThrow(message));
});
