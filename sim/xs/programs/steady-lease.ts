// Nothing moves over the turns of an agent under a lease: its questions and their answers, and times in which no answer comes, so that
// the lease ends and the agent stands still until it has another one.
import { defineAgent } from '../../../src/agent/index.js';
import { counter, u32 } from '../../../src/state/index.js';
import { reportStandStill } from './stand-still.js';
import { TurningAgent } from './turning-agent.js';

const LEASE_MS = 500;
const TURN_MS = 50;
/** Not so long that the host would count as silent: another session is not the subject here. */
const DEAF_MS = 1200;
const TURNS_BETWEEN = 400;
const REPORT = new Uint8Array([1, 2, 3, 4]);

const definition = defineAgent({
  name: 'leased',
  lease: LEASE_MS,
  state: { ticks: counter, seed: u32 },
  outputs: { seen: 'immediate' },
  initialise(_state, turn) {
    turn.every('tick', TURN_MS);
  },
  timers: {
    tick(state, turn) {
      state.ticks += 1;
      state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      if (state.ticks % 16 === 0) turn.emit('seen', REPORT);
    },
  },
});

class Agent {
  readonly agent = new TurningAgent(definition);
  #turns = 0;

  get sequence(): number {
    return this.agent.runner.link.sequence;
  }

  turnAndCommit(): void {
    const { agent } = this;
    if (++this.#turns % TURNS_BETWEEN === 0) agent.deafUntilMs = agent.nowMs + DEAF_MS;
    agent.turnAndCommit();
  }
}

const leased = new Agent();
reportStandStill(leased);
const { agent } = leased;
// What the host said last may have been lost.
while (!agent.runner.link.isSettled) leased.turnAndCommit();
agent.check();
const { counters, session } = agent.runner.link;
const leases = agent.nowMs / LEASE_MS;
if (counters.heartbeats < 3 * leases) throw new Error(`${counters.heartbeats} heartbeats in ${leases} leases`);
if (counters.turnsUnleased === 0) throw new Error('no lease ever ended');
if (session !== 1) throw new Error('another session began');
