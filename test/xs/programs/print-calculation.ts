import { host } from '../../../sim/xs/host-api.js';
import { calculate } from './calculate.js';

for (const line of calculate()) host.print(line);
