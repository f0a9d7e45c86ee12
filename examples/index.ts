import type { AgentDefinition } from '../src/agent/index.js';
import { counter } from './counter.js';
import { presence } from './presence.js';
import { thermostat } from './thermostat.js';
import { weatherStation } from './weather-station.js';

/** The example agents by name. */
export const examples: { readonly [name: string]: AgentDefinition } = {
  [counter.name]: counter,
  [weatherStation.name]: weatherStation,
  [thermostat.name]: thermostat,
  [presence.name]: presence,
};
