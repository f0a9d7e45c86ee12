import type { BoardLink } from '../../src/link/board-link.js';
import type { PageMemory } from '../../src/memory/page-memory.js';

/** What is chosen anew at every start of a board. */
export interface Boot {
  readonly nowMs: number;
  /** u32 */
  readonly bootNonce: number;
}

/** The firmware of a simulated board from one boot to the next loss of RAM: the real core and something that runs turns on it. */
export interface BoardProgram {
  readonly link: BoardLink;
  readonly memory: PageMemory;
  /** What `poll` made. */
  readonly frame: Uint8Array;
  readonly turnsThrown: number;
  connected(nowMs: number): void;
  disconnected(nowMs: number): void;
  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void;
  poll(nowMs: number): number;
  /** Runs the turns that are due, as far as the link lets it. */
  run(nowMs: number): void;
  /** When `run` or `poll` is wanted next, if nothing else happens. */
  dueMs(nowMs: number): number;
}

export type ProgramMaker = (boot: Boot) => BoardProgram;

/** What the faults of a run ask of a board's turns. Outlives the board's RAM. */
export interface WriterOrders {
  /** No more turns that change anything: the run is over. */
  stopped: boolean;
  /** Write to most of the state in every turn until then, in the time of the turn. */
  burstUntilMs: number;
  /** So many of the next turns throw after half of their writes. */
  throws: number;
  /** No more turns of an agent that knows nothing of these orders. */
  halted: boolean;
}
