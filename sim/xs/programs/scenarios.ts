// The scenarios that must come out byte for byte the same on every engine.

import { planRun } from '../../options.js';
import { run } from '../../run.js';
import { adaptiveCodecs, storedCodecs } from './codecs.js';
import { runDeltaScenario } from './delta-scenario.js';
import { runLinkScenario } from './link-scenario.js';
import { type Emit, RecordWriter } from './records.js';

export const SIMULATION = 21;

export type Scenario = (seed: number, commits: number, emit: Emit) => void;

/** Boards, agents, sessions, store and faults of the project's own simulator: the hash of its trace covers every event of the run. */
function runSimulation(seed: number, commits: number, emit: Emit): void {
  const result = run(planRun({ seed, boards: 2, commits: Math.ceil(commits / 5), faults: 'all' }));
  const records = new RecordWriter(emit);
  records.putText(SIMULATION, JSON.stringify(result));
  if (result.failure !== undefined) throw new Error(`${result.failure.message} at ${result.failure.atMs} ms`);
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'delta, stored, 5000 bytes': (seed, commits, emit) => runDeltaScenario(seed, 5000, commits, storedCodecs(), emit),
  'delta, stored, 301 bytes': (seed, commits, emit) => runDeltaScenario(seed, 301, commits, storedCodecs(), emit),
  'delta, modelled, 5000 bytes': (seed, commits, emit) => runDeltaScenario(seed, 5000, commits, adaptiveCodecs(), emit),
  'delta, modelled, 301 bytes': (seed, commits, emit) => runDeltaScenario(seed, 301, commits, adaptiveCodecs(), emit),
  'link, 3000 bytes': (seed, commits, emit) => runLinkScenario(seed, 3000, 5 * commits, emit),
  'simulated fleet': runSimulation,
};
