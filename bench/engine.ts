import type { MeasureOptions, XsMeasurement } from '../sim/measure/xs-figures.js';

/** Computrons and memory of the real XS engine, or why they were not measured. */
export type EngineFigures = { readonly measured: XsMeasurement } | { readonly missing: string };

/** Measures on XS where its host can be built: a checkout with a C compiler. An installed package does not have the sources. */
export async function measureEngine(seed: number, commits: number, progress: (step: string) => void): Promise<EngineFigures> {
  try {
    const { measureXs } = await loadMeasure();
    return { measured: await measureXs({ seed, workloadCommits: commits, progress }) };
  } catch (error) {
    const isPackage = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const reason = isPackage ? 'it needs a checkout of the repository' : error instanceof Error ? error.message : String(error);
    return { missing: `XS was not measured: ${reason}` };
  }
}

/** By a path that the compiler does not follow: sim/xs is no part of the package. */
function loadMeasure(): Promise<{ measureXs(options: MeasureOptions): Promise<XsMeasurement> }> {
  const path = '../sim/xs/measure.js';
  return import(path);
}
