import type { DeltaSource } from '../delta/delta-source.js';
import type { BoardLinkOptions } from '../link/board-options.js';
import type { MemoryOptions } from '../memory/memory-layout.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { HostAwayOptions } from './host-away.js';
import type { TurnTrial } from './turn-trial.js';

type LinkSettings = Omit<
  BoardLinkOptions,
  'memory' | 'source' | 'boardId' | 'agentId' | 'agentName' | 'bootNonce' | 'fingerprint' | 'schemaBytes' | 'runtimeBlock'
>;

export interface AgentRunnerOptions extends HostAwayOptions {
  /** 16 bytes each. */
  readonly boardId: Uint8Array;
  readonly agentId: Uint8Array;
  /** u32, chosen anew at every boot. */
  readonly bootNonce: number;
  readonly link?: LinkSettings;
  /** Pools of the page memory. */
  readonly memory?: Omit<MemoryOptions, 'sizeBytes'>;
  /** Remembers turns over a death of the program. */
  readonly trial?: TurnTrial;
  /** Default: the link's own, with all codecs that it has. */
  readonly createSource?: (memory: PageMemory) => DeltaSource;
}
