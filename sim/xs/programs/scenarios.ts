// The scenarios that must come out byte for byte the same on every engine.
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';
import { runDeltaScenario } from './delta-scenario.js';
import { runLinkScenario } from './link-scenario.js';
import type { Emit } from './records.js';

export type Scenario = (seed: number, commits: number, emit: Emit) => void;

const stored = () => ({ encoders: [new StoredEncoder()], decoders: [new StoredDecoder()], id: 0 });

export const scenarios: Readonly<Record<string, Scenario>> = {
  'delta, stored, 5000 bytes': (seed, commits, emit) => runDeltaScenario(seed, 5000, commits, stored(), emit),
  'delta, stored, 301 bytes': (seed, commits, emit) => runDeltaScenario(seed, 301, commits, stored(), emit),
  'link, 3000 bytes': (seed, commits, emit) => runLinkScenario(seed, 3000, 5 * commits, emit),
};
