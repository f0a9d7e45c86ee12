import type { CheckpointSlots } from '../../src/agent/checkpoint.js';
import type { AgentDefinition } from '../../src/agent/definition.js';
import type { AgentRunnerOptions } from '../../src/agent/runner.js';
import { AGENT_RUNNING } from '../../src/agent/runner.js';
import { AgentProgram } from './agent-program.js';
import type { Boot, WriterOrders } from './program.js';

/** Anybody's agent. It is halted from outside, between two turns; a board that has no state yet still gets it. */
export class GuestProgram extends AgentProgram {
  readonly #orders: WriterOrders;

  constructor(
    boot: Boot,
    definition: AgentDefinition,
    options: Omit<AgentRunnerOptions, 'bootNonce' | 'checkpoint'>,
    orders: WriterOrders,
    checkpoint?: CheckpointSlots,
  ) {
    super(boot, definition, options, checkpoint);
    this.#orders = orders;
  }

  override run(nowMs: number): void {
    if (!this.#halted) super.run(nowMs);
  }

  override dueMs(nowMs: number): number {
    return this.#halted ? this.link.dueMs(nowMs) : super.dueMs(nowMs);
  }

  get #halted(): boolean {
    return this.#orders.halted && this.runner.phase === AGENT_RUNNING;
  }
}
