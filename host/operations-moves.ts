import type { Phase } from './migration/plan.js';
import type { MigrationView } from './migration/report.js';

/** 'offline': only a running host can do it. 'unconfirmed': it undoes something, and nobody said that it is meant. */
export type MoveRefusalReason =
  | 'absent'
  | 'occupied'
  | 'incompatible'
  | 'moving'
  | 'alive'
  | 'late'
  | 'nothing'
  | 'offline'
  | 'unconfirmed';

/** A board as the host knows it; sizes in bytes, ids in hex. */
export interface BoardRow {
  readonly boardId: string;
  /** Name of its link; empty while it is away. */
  readonly link: string;
  /** The agent that was granted to it; empty: none. */
  readonly agentId: string;
  /** It says that it runs no agent. With an agentId: it has lost it, and a restore brings it back, to this board or to another. */
  readonly isVacant: boolean;
  /** Of the agent that it runs, or that its firmware has the program of. */
  readonly agentName: string;
  /** Layout of the state that its firmware knows, 8 bytes in hex, and the size of that state. */
  readonly fingerprint: string;
  readonly stateBytes: number;
  /** Since its last frame; undefined: not heard since the host's start. */
  readonly silentMs: number | undefined;
}

/** A move as it stands, with the phases that it came through. */
export interface MoveView extends MigrationView {
  readonly agentName: string;
  readonly phases: readonly { readonly phase: Phase; readonly atMs: number }[];
}

export interface MoveStarted {
  readonly agentId: string;
  readonly agentName: string;
  /** The board that the agent is to run on. */
  readonly boardId: string;
}

export interface RollbackStarted extends MoveStarted {
  /** The move was given up before its grant; else the agent is moved back. */
  readonly isAbort: boolean;
}

/** What the world has seen since an older sequence, and an agent that goes back to it has not. */
export interface RestorePreviewView {
  readonly agentId: string;
  readonly agentName: string;
  /** The retained sequence that would come back: the nearest that is not above the one asked for. */
  readonly sequence: number;
  readonly headSequence: number;
  /** Committed outputs released since, oldest first, as far as the retained states hold them. */
  readonly outputs: readonly { readonly sequence: number; readonly index: number; readonly base64: string }[];
  /** Inputs acknowledged since: numbers above the first, up to the second. */
  readonly inputsFrom: number;
  readonly inputsTo: number;
}

/** A retained state with all that is needed to run it elsewhere. */
export interface RetainedState {
  readonly agentId: string;
  readonly agentName: string;
  /** The nearest retained one that is not above the one asked for. */
  readonly sequence: number;
  readonly epoch: number;
  readonly headSequence: number;
  readonly fingerprint: string;
  readonly base64: string;
}

/** What all moves since the host's start cost, and what the sessions counted. */
export interface StatsView {
  readonly migration: {
    readonly fullCount: number;
    readonly fullBytes: number;
    readonly incrementalCount: number;
    readonly incrementalBytes: number;
    readonly uncompressedBytes: number;
    readonly compressedBytes: number;
    readonly savedBytes: number;
    readonly compressionRatio: number;
    readonly totalMs: number;
    readonly throughputBytesPerSecond: number;
  };
  readonly moves: readonly MoveView[];
  readonly counters: { readonly [name: string]: number };
}

/**
 * Bringing agents to other boards. `board` is an id, the beginning of one, or the name of the board's link. Where a running host is
 * needed and there is none, the Refusal's reason is 'offline'.
 */
export interface MoveOperations {
  boards(): Promise<BoardRow[]>;
  /** What `restore` to an older sequence leaves undone in the world. */
  previewRestore(agent: string, atSequence: number): Promise<RestorePreviewView>;
  /** `atSequence` is refused unless `isConfirmed`: its outputs are out, its inputs are gone. */
  restore(agent: string, board: string, options?: { readonly atSequence?: number; readonly isConfirmed?: boolean }): Promise<MoveStarted>;
  /** Without a board: to any vacant one that can run the agent. */
  migrate(agent: string, board: string | undefined, options?: { readonly maxDowntimeMs?: number }): Promise<MoveStarted>;
  rollback(agent: string): Promise<RollbackStarted>;
  /** The newest move of this agent. */
  move(agent: string): Promise<MoveView>;
  stats(): Promise<StatsView>;
  stateAt(agent: string, atSequence: number): Promise<RetainedState>;
}
