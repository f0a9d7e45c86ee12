// What the core takes on a board beside the state itself: chunk bytes (all buffers) and slots, after a collection. `link` is the whole
// end of a link with its own source, outbox and reorder cells.
// Argument: bytes of the state.
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { BoardLink } from '../../../src/link/board-link.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { host } from '../host-api.js';
import { adaptiveCodecs, storedCodecs } from './codecs.js';

const kept: unknown[] = [undefined, undefined, undefined, undefined];

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
const stored = measure(() => new DeltaSource(kept[0] as PageMemory, [storedCodecs().encoder]), 1);
const modelled = measure(() => new DeltaSource(kept[0] as PageMemory, [adaptiveCodecs().encoder]), 2);

const identity = { boardId: new Uint8Array(16), agentId: new Uint8Array(16), agentName: new Uint8Array(4), fingerprint: new Uint8Array(8) };
const silent = {
  onFresh() {},
  onRefilled() {},
  onContinued() {},
  onAcknowledged() {},
  onInput: () => false,
  onRefused() {},
  onError() {},
};
const link = measure(() => new BoardLink({ ...identity, memory: kept[0] as PageMemory, bootNonce: 1 }, silent), 3);

host.print(JSON.stringify({ stateBytes, memory: { ...memory, chunkBytes: memory.chunkBytes - stateBytes }, stored, modelled, link }));
