// An agent on its runner, turn by turn, with the smallest host beside it in the same machine.
import { type AgentDefinition, AgentRunner } from '../../../src/agent/index.js';
import { MiniHost } from './mini-host.js';

const FRAMES_PER_TURN_MAX = 1000;
const TICKS_MAX = 100_000;

export class TurningAgent {
  readonly runner: AgentRunner;
  readonly host: MiniHost;
  /** What the host says until then is lost. */
  deafUntilMs = 0;
  nowMs = 0;

  constructor(definition: AgentDefinition) {
    this.runner = new AgentRunner(definition, {
      boardId: new Uint8Array(16).fill(1),
      agentId: new Uint8Array(16).fill(2),
      bootNonce: 1,
    });
    this.host = new MiniHost(definition.sizeBytes);
    this.runner.connected(0);
    this.#exchange();
  }

  get sequence(): number {
    return this.host.headSequence;
  }

  turnAndCommit(): void {
    this.nowMs = Math.max(this.nowMs + 1, this.runner.dueMs(this.nowMs));
    for (let ticks = 0; this.runner.tick(this.nowMs) === 0; ticks++) {
      if (ticks === TICKS_MAX) throw new Error(`no turn in ${TICKS_MAX} ticks`);
      this.#exchange();
      this.nowMs = Math.max(this.nowMs + 1, this.runner.dueMs(this.nowMs));
    }
    this.#exchange();
  }

  /** The host holds the state, and all went as it should. */
  check(): void {
    const { runner, host } = this;
    for (let index = 0; index < runner.memory.sizeBytes; index++) {
      if (runner.memory.getU8(index) !== host.head.getU8(index)) throw new Error(`the head differs at byte ${index}`);
    }
    if (runner.counters.turnsThrown > 0 || runner.counters.outputsRefused > 0) throw new Error('turns threw, or outputs were refused');
  }

  #exchange(): void {
    const { runner, host } = this;
    for (let frames = 0; frames < FRAMES_PER_TURN_MAX; frames++) {
      const up = runner.poll(this.nowMs);
      if (up > 0) host.receive(this.nowMs, runner.frame, 0, up);
      const down = host.poll(this.nowMs);
      if (down > 0 && this.nowMs >= this.deafUntilMs) runner.receive(this.nowMs, host.frame, 0, down);
      if (up === 0 && down === 0) return;
    }
    throw new Error(`more than ${FRAMES_PER_TURN_MAX} frames in one turn`);
  }
}
