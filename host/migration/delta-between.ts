import { PagePool } from '../../src/delta/page-pool.js';
import { StagedTarget } from '../../src/delta/staged-target.js';
import { StoredRecord } from '../../src/delta/stored-record.js';
import { GRANULE_BYTES, PAGE_BYTES } from '../../src/memory/constants.js';
import type { PageMemory } from '../../src/memory/page-memory.js';

/** A change of a state as a stored run stream with its end mark, and the digest that it leads to. */
export interface StateChange {
  readonly delta: Uint8Array;
  readonly digest: number;
}

/** The change from the head's content to another one of the same size: exactly the granules that differ. */
export function deltaBetween(head: PageMemory, state: Uint8Array): StateChange {
  const padded = new Uint8Array(head.bytes.length);
  padded.set(state);
  const target = new StagedTarget(head, new PagePool(head.pageCount));
  target.begin(false);
  for (let page = 0; page < head.pageCount; page++) {
    const at = page * PAGE_BYTES;
    const count = Math.min(PAGE_BYTES, Math.ceil((head.sizeBytes - at) / GRANULE_BYTES) * GRANULE_BYTES);
    if (Buffer.compare(padded.subarray(at, at + count), head.bytes.subarray(at, at + count)) === 0) continue;
    target.open(at, count);
    target.put(padded, at, count);
  }
  target.finish();
  const record = new StoredRecord(target);
  const delta = new Uint8Array(record.begin(target));
  record.produce(delta, 0, delta.length);
  return { delta, digest: target.digest };
}
