// The typed path: declare an agent, run it.

export * from './agent/index.js';
export * from './state/index.js';

// The raw path: a memory of N bytes, its commits as frames, acknowledgements back.

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
export { GRANULE_BYTES, MAX_STATE_BYTES, PAGE_BYTES } from './memory/constants.js';
export { type MemoryCost, type MemoryOptions, memoryCost } from './memory/memory-layout.js';
export { PageMemory } from './memory/page-memory.js';
export { cobsBytesMax, cobsDecode, cobsEncode } from './wire/cobs.js';
export { crc32 } from './wire/crc32.js';
export { SerialFramer, serialEncode } from './wire/serial-framer.js';
export { isLinkName, topicDown, topicUp } from './wire/topics.js';

// Below the link: deltas from memory to memory.

export { AdaptiveEncoder } from './codec/adaptive-encoder.js';
export { ModelledDecoder } from './codec/modelled-decoder.js';
export type { PayloadDecoder, PayloadEncoder, RunSource, RunTarget } from './codec/payload.js';
export { StoredDecoder, StoredEncoder } from './codec/stored.js';
export { deltaCodeText } from './delta/codes.js';
export { DeltaSink } from './delta/delta-sink.js';
export { DeltaSource } from './delta/delta-source.js';
export type { DeltaTarget } from './delta/delta-target.js';
export { InPlaceTarget } from './delta/in-place-target.js';
export { PagePool } from './delta/page-pool.js';
export { StagedTarget } from './delta/staged-target.js';
export { StateRebuilder } from './delta/state-rebuilder.js';

// The operations of the scheme that Godwit started from, over the same encoding.

export { DeltaSnapshot } from './delta/delta-snapshot.js';
export { DirtyPage } from './delta/dirty-page.js';
export { DirtyPageTracker } from './delta/dirty-page-tracker.js';
export { IncrementalMigrator } from './delta/incremental-migrator.js';
export { MigrationStats } from './delta/migration-stats.js';
