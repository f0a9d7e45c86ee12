// Runs scenarios and gives their records to the output. Arguments: scenario, seed, commits.
import { host } from '../host-api.js';
import { scenarios } from './scenarios.js';

const [name, seed, commits] = host.args();
scenarios[name!]!(Number(seed), Number(commits), (bytes, count) => host.writeOutput(bytes, count));
