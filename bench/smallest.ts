import { topicUp } from '../src/wire/topics.js';
import { GodwitScheme } from './godwit-scheme.js';
import { Random } from './random.js';
import type { Write } from './workload.js';

const STATE_BYTES = 128 * 1024;
const TRIES = 400;
const RUNS_MAX = 4;
const LINK_NAME = 'kestrel1';
const COBS_AND_DELIMITER_BYTES = 2;

/** Whole frames of deltas of 4-byte runs at random places with random content; the largest of many. */
export interface SmallestDeltas {
  /** Serial bytes with 1, 2, 3, 4 runs. */
  readonly serialBytesByRuns: readonly number[];
  /** A counter that counts: the same run again and again. */
  readonly counterSerialBytes: number;
  /** MQTT PUBLISH with one run: fixed header, topic with a link name of 8 characters, frame. */
  readonly publishBytes: number;
}

export function measureSmallestDeltas(seed = 1): SmallestDeltas {
  const serialBytesByRuns: number[] = [];
  for (let runs = 1; runs <= RUNS_MAX; runs++) serialBytesByRuns.push(largest(new Random(seed), runs));
  const frameBytes = serialBytesByRuns[0]! - COBS_AND_DELIMITER_BYTES;
  return { serialBytesByRuns, counterSerialBytes: counter(), publishBytes: 2 + 2 + topicUp(LINK_NAME).length + frameBytes };
}

function largest(random: Random, runs: number): number {
  const scheme = new GodwitScheme(new Uint8Array(STATE_BYTES));
  let largestBytes = 0;
  for (let i = 0; i < TRIES; i++) {
    const writes: Write[] = [];
    for (let run = 0; run < runs; run++) {
      // Each in an area of its own, never at its end: no run joins another.
      const areaGranules = Math.floor(STATE_BYTES / 4 / runs);
      const offset = (run * areaGranules + random.below(areaGranules - 1)) * 4;
      writes.push([offset, word(random.u32() | 1)]);
    }
    const before = scheme.serialWireBytes;
    scheme.commit(writes);
    largestBytes = Math.max(largestBytes, scheme.serialWireBytes - before);
  }
  return largestBytes;
}

function counter(): number {
  const scheme = new GodwitScheme(new Uint8Array(STATE_BYTES));
  let bytes = 0;
  for (let i = 1; i <= 100; i++) {
    const before = scheme.serialWireBytes;
    scheme.commit([[4096, word(i)]]);
    bytes = scheme.serialWireBytes - before;
  }
  return bytes;
}

function word(value: number): Uint8Array {
  return new Uint8Array([value, value >>> 8, value >>> 16, value >>> 24]);
}
