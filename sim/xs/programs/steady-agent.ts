// Nothing moves over the turns of an agent on its runner: timers, state, outputs of both kinds, commits, link, acknowledgements.
import { AgentRunner, defineAgent } from '../../../src/agent/index.js';
import { array, counter, f32, ring, u32 } from '../../../src/state/index.js';
import { MiniHost } from './mini-host.js';
import { reportStandStill } from './stand-still.js';

const FRAMES_PER_TURN_MAX = 1000;
const REPORT = new Uint8Array([1, 2, 3, 4]);

const definition = defineAgent({
  name: 'steady',
  state: { ticks: counter, seed: u32, levels: array(32, f32), log: ring(24, { at: u32, level: f32 }) },
  outputs: { seen: 'immediate', stored: 'committed' },
  initialise(state, turn) {
    state.seed = 7;
    turn.every('tick', 200);
    turn.every('tell', 1400);
  },
  timers: {
    tick(state) {
      state.ticks += 1;
      state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      const index = state.seed & 31;
      state.levels.set(index, state.levels.get(index) + (state.seed & 255) / 256);
      const entry = state.log.push();
      state.log.at.set(entry, state.seed & 0xffff);
      state.log.level.set(entry, state.levels.get(index));
    },
    tell(_state, turn) {
      turn.emit('seen', REPORT);
      turn.emit('stored', REPORT);
    },
  },
});

class Agent {
  readonly runner = new AgentRunner(definition, {
    boardId: new Uint8Array(16).fill(1),
    agentId: new Uint8Array(16).fill(2),
    bootNonce: 1,
  });
  readonly host = new MiniHost(definition.sizeBytes);
  #nowMs = 0;

  constructor() {
    this.runner.connected(0);
    this.#exchange();
  }

  get sequence(): number {
    return this.host.headSequence;
  }

  turnAndCommit(): void {
    this.#nowMs = Math.max(this.#nowMs + 1, this.runner.dueMs(this.#nowMs));
    while (this.runner.tick(this.#nowMs) === 0) {
      this.#exchange();
      this.#nowMs = Math.max(this.#nowMs + 1, this.runner.dueMs(this.#nowMs));
    }
    this.#exchange();
  }

  #exchange(): void {
    const runner = this.runner;
    const host = this.host;
    for (let frames = 0; frames < FRAMES_PER_TURN_MAX; frames++) {
      const up = runner.poll(this.#nowMs);
      if (up > 0) host.receive(this.#nowMs, runner.frame, 0, up);
      const down = host.poll(this.#nowMs);
      if (down > 0) runner.receive(this.#nowMs, host.frame, 0, down);
      if (up === 0 && down === 0) return;
    }
    throw new Error(`more than ${FRAMES_PER_TURN_MAX} frames in one turn`);
  }
}

const agent = new Agent();
reportStandStill(agent);
const { runner, host: miniHost } = agent;
for (let index = 0; index < definition.sizeBytes; index++) {
  if (runner.memory.getU8(index) !== miniHost.head.getU8(index)) throw new Error(`the head differs at byte ${index}`);
}
if (runner.counters.turnsThrown > 0 || runner.counters.outputsRefused > 0) throw new Error('turns threw, or outputs were refused');
