// Set-up of the core's suites on Node: they try the inputs that they try on XS.
import fc from 'fast-check';
import { suiteSeed } from '../sim/xs/suite-seed.js';

fc.configureGlobal({ seed: suiteSeed() });
