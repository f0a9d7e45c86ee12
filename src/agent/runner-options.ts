import type { DeltaSource } from '../delta/delta-source.js';
import type { BoardLinkOptions } from '../link/board-options.js';
import type { RetiredAgent } from '../link/board-ownership.js';
import type { MemoryOptions } from '../memory/memory-layout.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { HostAwayOptions } from './host-away.js';
import type { OwnershipStore } from './ownership-store.js';
import type { TurnTrial } from './turn-trial.js';

type LinkSettings = Omit<
  BoardLinkOptions,
  | 'memory'
  | 'source'
  | 'boardId'
  | 'agentId'
  | 'agentName'
  | 'bootNonce'
  | 'fingerprint'
  | 'schemaBytes'
  | 'runtimeBlock'
  | 'vacant'
  | 'retired'
  | 'leaseMs'
>;

export interface AgentRunnerOptions extends HostAwayOptions {
  /** 16 bytes each. A vacant board's agent is nobody: zeros. */
  readonly boardId: Uint8Array;
  readonly agentId: Uint8Array;
  /** The board runs no agent, and waits to be given one. */
  readonly vacant?: boolean;
  /** The agent that it gave up last, as `ownership` stored it. */
  readonly retired?: RetiredAgent;
  /** Without it the board keeps the agent that it has: a vacant one never gets any. */
  readonly ownership?: OwnershipStore;
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
