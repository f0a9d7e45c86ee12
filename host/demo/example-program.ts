import type { BoardProgram, Boot } from '../../sim/boards/program.js';
import { type AgentDefinition, AgentRunner } from '../../src/agent/index.js';
import type { BoardLink } from '../../src/link/board-link.js';
import type { PageMemory } from '../../src/memory/page-memory.js';

/** A board's firmware with one agent, which can be told to run no more turns. */
export class ExampleProgram implements BoardProgram {
  readonly runner: AgentRunner;
  readonly link: BoardLink;
  readonly memory: PageMemory;
  stopped = false;

  constructor(boot: Boot, definition: AgentDefinition, boardId: Uint8Array, agentId: Uint8Array) {
    this.runner = new AgentRunner(definition, { boardId, agentId, bootNonce: boot.bootNonce });
    this.link = this.runner.link;
    this.memory = this.runner.memory;
  }

  get frame(): Uint8Array {
    return this.runner.frame;
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

  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    this.runner.receive(nowMs, bytes, at, count);
  }

  poll(nowMs: number): number {
    return this.runner.poll(nowMs);
  }

  run(nowMs: number): void {
    if (!this.stopped) this.runner.tick(nowMs);
  }

  dueMs(nowMs: number): number {
    return this.stopped ? this.link.dueMs(nowMs) : this.runner.dueMs(nowMs);
  }
}
