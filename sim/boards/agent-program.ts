import type { CheckpointSlots } from '../../src/agent/checkpoint.js';
import type { AgentDefinition } from '../../src/agent/definition.js';
import { AgentRunner, type AgentRunnerOptions } from '../../src/agent/runner.js';
import type { BoardLink } from '../../src/link/board-link.js';
import type { PageMemory } from '../../src/memory/page-memory.js';
import type { BoardProgram, Boot } from './program.js';

/** An agent on its runner; the checkpoint, if it has one, outlives the board's RAM. */
export class AgentProgram implements BoardProgram {
  readonly runner: AgentRunner;
  readonly memory: PageMemory;
  readonly link: BoardLink;
  readonly frame: Uint8Array;

  constructor(
    boot: Boot,
    definition: AgentDefinition,
    options: Omit<AgentRunnerOptions, 'bootNonce' | 'checkpoint'>,
    checkpoint?: CheckpointSlots,
  ) {
    const runnerOptions = { ...options, bootNonce: boot.bootNonce, ...(checkpoint ? { checkpoint } : {}) };
    this.runner = new AgentRunner(definition, runnerOptions);
    this.memory = this.runner.memory;
    this.link = this.runner.link;
    this.frame = this.runner.frame;
  }

  get turnsThrown(): number {
    return this.runner.counters.turnsThrown;
  }

  connected(nowMs: number): void {
    this.runner.connected(nowMs);
  }

  disconnected(nowMs: number): void {
    this.runner.disconnected(nowMs);
  }

  receive(nowMs: number, frame: Uint8Array, at: number, count: number): void {
    this.runner.receive(nowMs, frame, at, count);
  }

  poll(nowMs: number): number {
    return this.runner.poll(nowMs);
  }

  run(nowMs: number): void {
    this.runner.tick(nowMs);
  }

  dueMs(nowMs: number): number {
    return this.runner.dueMs(nowMs);
  }
}
