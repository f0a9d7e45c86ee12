// The typed path: declare an agent, run it.
export * from './agent/index.js';
export type { PayloadDecoder, PayloadEncoder, RunSource, RunTarget } from './codec/payload.js';
export { StoredDecoder, StoredEncoder } from './codec/stored.js';
export { deltaCodeText } from './delta/codes.js';
export { DeltaSink } from './delta/delta-sink.js';
export { DeltaSource } from './delta/delta-source.js';
export type { DeltaTarget } from './delta/delta-target.js';
export { InPlaceTarget } from './delta/in-place-target.js';
export { PagePool } from './delta/page-pool.js';
export { StagedTarget } from './delta/staged-target.js';
export { BoardLink } from './link/board-link.js';
export {
  type BoardLinkOptions,
  type BoardListener,
  PHASE_HELLO,
  PHASE_LIVE,
  PHASE_OFFLINE,
  PHASE_REFILL,
  PHASE_REFUSED,
  PHASE_RESYNC,
} from './link/board-options.js';
export type { LinkCounters } from './link/counters.js';
// The raw path: a memory of N bytes, its commits as frames, acknowledgements back.
export { GRANULE_BYTES, MAX_STATE_BYTES, PAGE_BYTES } from './memory/constants.js';
export { type MemoryCost, type MemoryOptions, memoryCost } from './memory/memory-layout.js';
export { PageMemory } from './memory/page-memory.js';
// State with names.
export * from './state/index.js';
export { cobsBytesMax, cobsDecode, cobsEncode } from './wire/cobs.js';
export { crc32 } from './wire/crc32.js';
export { SerialFramer, serialEncode } from './wire/serial-framer.js';
export { isLinkName, topicDown, topicUp } from './wire/topics.js';
