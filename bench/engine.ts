import type { PartCosts } from '../sim/measure/part-costs.js';
import type { MeasureOptions, XsMeasurement } from '../sim/measure/xs-figures.js';

/** What was measured, or why it was not. */
export type Measured<T> = { readonly measured: T } | { readonly missing: string };

/** Computrons and memory of the real XS engine. */
export type EngineFigures = Measured<XsMeasurement>;
/** Machine instructions of XS on an emulated 32-bit board. */
export type Rv32Figures = Measured<PartCosts>;

/** Measures on XS where its host can be built: a checkout with a C compiler. An installed package does not have the sources. */
export async function measureEngine(seed: number, commits: number, progress: (step: string) => void): Promise<EngineFigures> {
  return measured('XS', async () => {
    const { measureXs } = await loadXs();
    return measureXs({ seed, workloadCommits: commits, progress });
  });
}

/** Measures on the emulated board where it can be built and run: a checkout with QEMU and a compiler for it. */
export async function measureRv32Engine(): Promise<Rv32Figures> {
  return measured('the emulated board', async () => (await loadRv32()).measureRv32());
}

async function measured<T>(what: string, measure: () => Promise<T>): Promise<Measured<T>> {
  try {
    return { measured: await measure() };
  } catch (error) {
    const isPackage = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const reason = isPackage ? 'it needs a checkout of the repository' : error instanceof Error ? error.message : String(error);
    return { missing: `${what} was not measured: ${reason}` };
  }
}

/** By paths that the compiler does not follow: sim/xs and sim/rv32 are no part of the package. */
function loadXs(): Promise<{ measureXs(options: MeasureOptions): Promise<XsMeasurement> }> {
  const path = '../sim/xs/measure.js';
  return import(path);
}

function loadRv32(): Promise<{ measureRv32(): Promise<PartCosts> }> {
  const path = '../sim/rv32/measure.js';
  return import(path);
}
