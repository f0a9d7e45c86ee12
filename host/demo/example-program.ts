import { AgentProgram } from '../../sim/boards/agent-program.js';
import type { Boot } from '../../sim/boards/program.js';
import type { AgentDefinition } from '../../src/agent/index.js';
import type { BoardFlash } from './board-flash.js';

/** A board's firmware with one agent's program, which can be told to run no more turns. */
export class ExampleProgram extends AgentProgram {
  stopped = false;

  constructor(boot: Boot, definition: AgentDefinition, boardId: Uint8Array, flash: BoardFlash) {
    super(boot, definition, { boardId, ...flash.ownership, ownership: flash });
  }

  override run(nowMs: number): void {
    if (!this.stopped) super.run(nowMs);
  }

  override dueMs(nowMs: number): number {
    return this.stopped ? this.link.dueMs(nowMs) : super.dueMs(nowMs);
  }
}
