// What tracking, integrity and coding take on a board beside the state itself: chunk bytes (all buffers) and slots, after a collection.
// Argument: bytes of the state.
import { StoredEncoder } from '../../../src/codec/stored.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { host } from '../host-api.js';

const kept: unknown[] = [undefined, undefined];

function measure(make: () => unknown, index: number): { slots: number; chunkBytes: number } {
  host.gc();
  const slots = host.slots();
  const chunks = host.chunks();
  kept[index] = make();
  host.gc();
  const slotsAfter = host.slots();
  const chunksAfter = host.chunks();
  return { slots: slotsAfter - slots, chunkBytes: chunksAfter - chunks };
}

const stateBytes = Number(host.args()[0]);
const memory = measure(() => new PageMemory({ sizeBytes: stateBytes }), 0);
const source = measure(() => new DeltaSource(kept[0] as PageMemory, [new StoredEncoder()]), 1);

host.print(JSON.stringify({ stateBytes, memory: { ...memory, chunkBytes: memory.chunkBytes - stateBytes }, source }));
