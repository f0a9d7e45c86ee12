import { describe, expect, it } from 'vitest';
import { runLengthDecode, runLengthEncode } from '../../bench/origin/run-length.js';
import { applyOriginMessage, OriginScheme } from '../../bench/origin/scheme.js';
import { BUDGET_WORKLOADS } from '../../bench/workloads/index.js';

describe('origin scheme', () => {
  it('codes runs of 4 to 127 equal bytes and every 0xFF as FF, count, byte', () => {
    const source = new Uint8Array([1, 1, 1, 2, 2, 2, 2, 255, 3, ...new Uint8Array(130)]);
    const target = new Uint8Array(64);
    const end = runLengthEncode(source, 0, source.length, target, 0);
    expect([...target.subarray(0, end)]).toEqual([1, 1, 1, 255, 4, 2, 255, 1, 255, 3, 255, 127, 0, 0, 0, 0]);
    const back = new Uint8Array(source.length);
    expect(runLengthDecode(target, 0, end, back, 0)).toBe(source.length);
    expect(back).toEqual(source);
  });

  for (const make of BUDGET_WORKLOADS) {
    it(`rebuilds every state of ${make.name}`, () => {
      const workload = make(3, 4);
      const state = workload.initial.slice();
      const copy = workload.initial.slice();
      const scheme = new OriginScheme(workload.initial);
      for (const writes of workload.commits) {
        for (const [offset, bytes] of writes) state.set(bytes, offset);
        applyOriginMessage(scheme.message, scheme.createDelta(state, 1_700_000_000), copy);
        expect(copy).toEqual(state);
      }
    });
  }
});
