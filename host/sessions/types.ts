import type { PagePool } from '../../src/delta/page-pool.js';
import type { MigrationView } from '../migration/report.js';
import type { Store, StoreError } from '../store/store.js';

/** One end of a transport: a serial port, an MQTT link name, a simulated wire. */
export interface LinkEnd {
  /** For tables and events, such as 'serial:/dev/ttyUSB0' or 'mqtt:shed1'. */
  readonly name: string;
  readonly kind: 'serial' | 'mqtt' | 'simulated';
  /** Two boards could be behind it (an MQTT topic); false for a wire with one device at its end. */
  readonly shared: boolean;
}

export interface HostSessionsOptions {
  readonly store: Store;
  /** Pages for deltas that are on their way, shared by all agents. */
  readonly pool: PagePool;
  readonly listener: HostListener;
  /** Frames that a board may have on their way beyond the ones in order, and reorder cells per session. Default 16. */
  readonly windowFrames?: number;
  /** No valid frame for so long: the link counts as silent. Default 5000. */
  readonly linkSilentMs?: number;
  /** Agents in memory at most, and bytes of their states together; a hello for one more is refused as busy. Default 4096 and 1 GiB. */
  readonly agentsMax?: number;
  readonly stateBytesMax?: number;
  /** Most inputs that wait for one agent. Default 64. */
  readonly inputsMax?: number;
  /** Sessions in which vacant boards are prepared are numbered from here: below 2^52, and other in every life of a host. Default 2^48. */
  readonly guestSessionBase?: number;
  /** The clock behind `receive` and `poll`, for orders that come without a time. Default: the newest time that was passed in. */
  readonly clock?: () => number;
}

/** A message from an agent to the world. (agentId, sequence, index) is its id: receivers deduplicate by it. */
export interface AgentOutput {
  readonly sequence: number;
  readonly index: number;
  readonly bytes: Uint8Array;
  /** True: read from a durable head. False: released at once, before its commit was durable. */
  readonly committed: boolean;
}

/** Called from `receive`, `poll` and the store's callbacks. */
export interface HostListener {
  /** A frame is ready for this link, or its `dueMs` moved, for another reason than a call of `receive` or `poll`: poll it soon. */
  onWake(linkId: number): void;
  /** A session began (linkId >= 0) or ended (-1). */
  onSession(agentId: string, linkId: number): void;
  /** A new durable head. */
  onHead(agentId: string, sequence: number): void;
  onOutput(agentId: string, output: AgentOutput): void;
  /** Something an operator should know; it is also in the store's events. `detail` is JSON. */
  onEvent(agentId: string, kind: string, detail: string): void;
  /** A restore or migration has entered another phase. */
  onMigration?(agentId: string, view: MigrationView): void;
}

/** What is known about an agent, for tables and the API. A copy. */
export interface AgentView {
  readonly agentId: string;
  readonly agentName: string;
  readonly boardId: string;
  readonly epoch: number;
  readonly session: number;
  /** -1: no session now. */
  readonly linkId: number;
  readonly linkName: string;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  /** The durable head. */
  readonly sequence: number;
  readonly digest: number;
  /** The newest sequence the board has told of. */
  readonly boardSequence: number;
  readonly lastHeardMs: number;
  readonly deltas: number;
  readonly frameBytesUp: number;
  readonly frameBytesDown: number;
  readonly inputsWaiting: number;
}

export type InputDone = (error: StoreError | undefined, number?: number) => void;
