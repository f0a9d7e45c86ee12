import type { AgentDefinition } from '../src/agent/definition.js';
import { describeAgent } from '../src/agent/describe-agent.js';
import type { Plain } from '../src/state/describe.js';
import { describeFault, type FaultChoice } from './faults.js';
import { planAgentRun } from './options.js';
import { type RunResult, Simulation } from './run.js';

export interface AgentFleetOptions {
  /** Decides links, pools and faults; the same seed repeats the run. Default 1. */
  readonly seed?: number;
  /** 1 to 64, each with an agent of its own. Default 2. */
  readonly boards?: number;
  /** Virtual time in which faults strike, up to an hour. Default 20,000. */
  readonly forMs?: number;
  /** As `godwit sim --faults` takes them. Default 'all'. */
  readonly faults?: FaultChoice;
  /** One of them is sent to each agent now and then. Default: none. */
  readonly messages?: readonly (string | Uint8Array)[];
}

export interface AgentFleetReport extends Omit<RunResult, 'failure'> {
  /** What struck, in words. */
  readonly faults: readonly string[];
  /** The state that the host holds of each agent at the end, by field names; each board's is equal to it, byte for byte. */
  readonly states: readonly { readonly [field: string]: Plain }[];
}

const BOARDS_MAX = 64;
const SEED_MAX = 2 ** 32 - 1;
const FOR_MS_MAX = 3_600_000;

/**
 * Runs an agent on a fleet of simulated boards with the real link, host sessions and a simulated disk, in virtual time, under the
 * faults of a seed: lost and damaged frames, boards without power, hosts that crash. After every event the invariants are checked;
 * in the end every host state must be equal to its board's.
 *
 * @param agent a definition, or what makes one anew for each start of a board
 * @throws RangeError for options out of range; Error naming the violated invariant, the seed and the faults
 */
export function simulateAgent(agent: AgentDefinition | (() => AgentDefinition), options: AgentFleetOptions = {}): AgentFleetReport {
  const { seed = 1, boards = 2, forMs = 20_000, faults = 'all', messages = [] } = options;
  inRange('seed', seed, 0, SEED_MAX);
  inRange('boards', boards, 1, BOARDS_MAX);
  inRange('forMs', forMs, 1, FOR_MS_MAX);
  const make = typeof agent === 'function' ? agent : () => agent;
  const bytes = messages.map((message) => (typeof message === 'string' ? new TextEncoder().encode(message) : message));
  const plan = planAgentRun({ seed, boards, forMs, faults, messages: bytes, agent: make });
  const simulation = new Simulation(plan);
  const struck = plan.faults.map(describeFault);
  try {
    simulation.run();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}, ${boards} boards, at ${simulation.clock.nowMs()} ms: ${what}\n${struck.join('\n')}`, { cause: error });
  }
  const { schemaBytes } = make().state;
  const states = simulation.units.map(({ agentId }) => describeAgent(schemaBytes, simulation.host.sessions!.state(agentId)!).state);
  return { ...simulation.result(), faults: struck, states };
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} is a whole number of ${min} to ${max}, not ${value}`);
}
