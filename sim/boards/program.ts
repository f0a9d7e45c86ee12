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
  /** Runs what is due, as far as the link lets it. */
  run(nowMs: number): void;
  /** When `run` is wanted next; Infinity: only after something arrived. */
  nextRunMs(nowMs: number): number;
}

export type ProgramMaker = (boot: Boot) => BoardProgram;
