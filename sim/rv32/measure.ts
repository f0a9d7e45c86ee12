// The benchmark's figures of the emulated board: what the parts of a commit cost in machine instructions of an RV32IMC processor.
import type { PartCosts } from '../measure/part-costs.js';
import { modulesUnder } from '../xs/bundle.js';
import { mustBeDone } from '../xs/run.js';
import { runOnRv32 } from './run.js';

/** Throws where the emulator or the compiler is missing, with the line that installs them, and where the run fails. */
export async function measureRv32(): Promise<PartCosts> {
  const entry = 'sim/xs/programs/costs.ts';
  const ended = mustBeDone(await runOnRv32({ entry, preload: await modulesUnder('src'), profile: 'nodemcu', name: 'costs' }));
  return JSON.parse(ended.stdout) as PartCosts;
}
