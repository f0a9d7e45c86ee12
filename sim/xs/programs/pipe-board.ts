// A board in step with the host at the other end of its pipe: nothing but the board is in this machine's memory.
import type { AgentDefinition } from '../../../src/agent/definition.js';
import { AgentRunner } from '../../../src/agent/index.js';
import type { AgentRunnerOptions } from '../../../src/agent/runner-options.js';
import { FRAME_BYTES_MAX } from '../../../src/wire/constants.js';
import { FRAMES_PER_STEP, STEP_MS } from '../board-clock.js';
import { peer } from '../peer-api.js';

const SETTLE_STEPS_MAX = 10_000;

export class PipeBoard {
  readonly runner: AgentRunner;
  readonly #inbound = new Uint8Array(FRAME_BYTES_MAX);
  #nowMs = 0;

  constructor(definition: AgentDefinition, compress: boolean, bootNonce: number, more: Partial<AgentRunnerOptions> = {}) {
    const boardId = new Uint8Array(16).fill(1);
    this.runner = new AgentRunner(definition, { boardId, agentId: new Uint8Array(16).fill(2), bootNonce, link: { compress }, ...more });
    this.runner.connected(0);
  }

  /** Turns that are due, looked after so often, then what either end has to say. */
  step(ticks = 1): void {
    for (let tick = 0; tick < ticks; tick++) {
      this.#nowMs += STEP_MS / ticks;
      this.runner.tick(this.#nowMs);
    }
    this.#exchange();
  }

  reconnect(): void {
    this.runner.disconnected(this.#nowMs);
    this.runner.connected(this.#nowMs);
  }

  /** No more turns, until the host holds everything. */
  settle(): void {
    for (let step = 0; !this.runner.link.isSettled; step++) {
      if (step === SETTLE_STEPS_MAX) throw new Error('the host never held everything');
      this.#nowMs += STEP_MS;
      this.#exchange();
    }
  }

  #exchange(): void {
    const { runner } = this;
    const inbound = this.#inbound;
    for (let frames = 0; frames < FRAMES_PER_STEP; frames++) {
      const count = runner.poll(this.#nowMs);
      if (count === 0) break;
      peer.send(runner.frame, count);
    }
    peer.endTurn();
    for (let count = peer.receive(inbound); count > 0; count = peer.receive(inbound)) runner.receive(this.#nowMs, inbound, 0, count);
  }
}
