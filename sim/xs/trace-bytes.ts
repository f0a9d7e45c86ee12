// A workload as one block of bytes, for a machine that has no generator of its own:
//   u32 state size · u32 commit count · initial state · per commit: u32 write count, per write: u32 offset, u32 length, bytes
// All numbers are little-endian.
import type { Workload } from '../../bench/workload.js';

export function traceBytes(workload: Workload): Uint8Array {
  const commits = [...workload.commits];
  const parts: Uint8Array[] = [words([workload.sizeBytes, commits.length]), workload.initial];
  for (const writes of commits) {
    parts.push(words([writes.length]));
    for (const [offset, bytes] of writes) parts.push(words([offset, bytes.length]), bytes);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return bytes;
}
