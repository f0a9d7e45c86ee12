import type { DeltaSource } from '../delta/delta-source.js';
import type { PageMemory } from '../memory/page-memory.js';
import type { RetiredAgent } from './board-ownership.js';

/** What a link's two ends should know of the line between them. */
export interface LineSettings {
  /** Bytes that the transport's hardware holds for a board that is busy. Default 128. */
  readonly fifoBytes?: number;
  /** Time of one byte on the line, in ns: what compression saves must be worth its work. Default 86,806 (115200 baud). */
  readonly lineNsPerByte?: number;
}

/** What a board's end of the link is made of. All buffers are sized from it, once. */
export interface BoardLinkOptions extends LineSettings {
  readonly memory: PageMemory;
  /** Default: a DeltaSource of its own over `memory`. */
  readonly source?: DeltaSource;
  /** 16 bytes each. A vacant board's agent is nobody: zeros, or whatever it was. */
  readonly boardId: Uint8Array;
  readonly agentId: Uint8Array;
  /** The board runs no agent, and waits to be prepared with one. */
  readonly vacant?: boolean;
  /** The agent that it gave up last. */
  readonly retired?: RetiredAgent;
  /** The agent runs, and releases outputs, for so long after something that it sent and the host answered: 100 to 86,400,000. Default 0: for ever. */
  readonly leaseMs?: number;
  /** At most 32 bytes as UTF-8, already encoded by the caller. */
  readonly agentName: Uint8Array;
  /** u32, chosen anew at every boot. */
  readonly bootNonce: number;
  /** 8 bytes. */
  readonly fingerprint: Uint8Array;
  /** Sent to a host that does not know the fingerprint. */
  readonly schemaBytes?: Uint8Array;
  /** The state begins with a runtime block: the host reads consumed inputs and committed outputs from its head. */
  readonly runtimeBlock?: boolean;
  /** Deltas are compressed where that pays; takes 5 KiB. Default true. With a `source` given: whether it does so. */
  readonly compress?: boolean;
  /** Most bytes of a delta in one frame, 16 to 256. Default 256. */
  readonly frameBytes?: number;
  /** Outbox cells, and cells for frames out of order while being refilled. Default 3. */
  readonly windowFrames?: number;
  /** Cells for immediate outputs that wait for the link. Default 4. */
  readonly outputCells?: number;
  readonly heartbeatMs?: number;
  readonly linkSilentMs?: number;
  readonly helloMinMs?: number;
  readonly helloMaxMs?: number;
  /**
   * The newest epoch and session that the board knows of from before its RAM was lost: a host that lags behind is refused, and a board
   * that starts from a checkpoint begins above the numbers of that epoch. Default 0.
   */
  readonly knownEpoch?: number;
  readonly knownSession?: number;
}

/** What the link tells the board's runtime. Called inside `receive` and `poll`, never re-entered; may call `commit`. */
export interface BoardListener {
  /** The agent has no state anywhere: the memory is all zeros. Initialise it, then commit. */
  onFresh(): void;
  /** The memory holds the head, verified. */
  onRefilled(): void;
  /** A new session stands; the board held its pages through it. */
  onContinued(): void;
  /** Everything up to `sequence` is durable on the host. */
  onAcknowledged(sequence: number): void;
  /**
   * An input. It is the next one if `previous` (the number of the one before it, 0 if there is none) was consumed and `number` was not.
   * False: not now, it will come again. True: it was taken into the state and the turn committed, or it had been before.
   */
  onInput(number: number, bytes: Uint8Array, at: number, count: number, previous: number): boolean;
  /**
   * The host refused this board (REFUSED_* of the wire), or the board its host (REFUSED_OLD_STORE). retryAfterMs 0: it will not ask
   * again by itself.
   */
  onRefused(reason: number, retryAfterMs: number): void;
  /** An ERROR frame of the host: a report, UTF-8. */
  onError(code: number, bytes: Uint8Array, at: number, count: number): void;
  /** A vacant board holds its guest's head as of `sequence`, verified. */
  onPrepared?(sequence: number): void;
  /**
   * This agent (16 bytes) is the board's from now on, in this epoch: store that durably. False: it could not be stored, and the board
   * stays vacant; absent: it never can. The memory holds the state; turns may run once this has returned true.
   */
  onActivated?(bytes: Uint8Array, at: number, count: number, epoch: number): boolean;
  /** No more turns, until it is thawed or retired. */
  onFrozen?(): void;
  onThawed?(): void;
  /** The agent is another board's in this epoch, or since: store that. The memory is zeroed as soon as this returns. */
  onRetired?(epoch: number): void;
}

/** The host's store is older than what this board knows of: an old copy was put back. Never on the wire. */
export const REFUSED_OLD_STORE = 0;

export const PHASE_OFFLINE = 0;
export const PHASE_HELLO = 1;
/** Refused; waits until it may ask again, or for good. */
export const PHASE_REFUSED = 2;
/** Page hashes are being compared. */
export const PHASE_RESYNC = 3;
export const PHASE_REFILL = 4;
export const PHASE_LIVE = 5;
/** A vacant board follows the head of an agent that it may get. */
export const PHASE_GUEST = 6;
