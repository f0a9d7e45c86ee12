import { AgentProgram } from '../../sim/boards/agent-program.js';
import type { Boot } from '../../sim/boards/program.js';
import type { AgentDefinition } from '../../src/agent/index.js';

/** A board's firmware with one agent, which can be told to run no more turns. */
export class ExampleProgram extends AgentProgram {
  stopped = false;

  constructor(boot: Boot, definition: AgentDefinition, boardId: Uint8Array, agentId: Uint8Array) {
    super(boot, definition, { boardId, agentId });
  }

  override run(nowMs: number): void {
    if (!this.stopped) super.run(nowMs);
  }

  override dueMs(nowMs: number): number {
    return this.stopped ? this.link.dueMs(nowMs) : super.dueMs(nowMs);
  }
}
