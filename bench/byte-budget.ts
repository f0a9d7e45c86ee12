import type { Comparison } from './compare.js';

export const ZSTD_RATIO_GOAL = 1.1;
export const ORIGIN_SHARE_GOAL = 1 / 16;
export const ORIGIN_WORST_GOAL = 1.02;

/** The byte budget over several workloads. Ratios to zstd-19 are undefined where it is not installed. */
export interface ByteBudget {
  /** Geometric mean of Godwit's whole serial bytes over the bytes that `zstd -19 --patch-from` makes. */
  readonly zstd19Ratio: number | undefined;
  /** Geometric mean of Godwit's whole serial bytes over the origin's message bytes; and the worst workload of them. */
  readonly originRatio: number;
  readonly originWorst: number;
}

export function byteBudget(comparisons: readonly Comparison[]): ByteBudget {
  const zstd = comparisons.map((comparison) => ratioTo(comparison, 'zstd-19'));
  const origin = comparisons.map((comparison) => ratioTo(comparison, 'origin') ?? Number.NaN);
  return {
    zstd19Ratio: zstd.every((ratio) => ratio !== undefined) ? geometricMean(zstd) : undefined,
    originRatio: geometricMean(origin),
    originWorst: Math.max(...origin),
  };
}

/** Godwit's bytes on the line over what a scheme makes, before any frame. */
export function ratioTo(comparison: Comparison, scheme: string): number | undefined {
  const payloadBytes = comparison.schemes[scheme]?.payloadBytes;
  return payloadBytes === undefined || payloadBytes === 0 ? undefined : comparison.schemes.godwit!.serialWireBytes / payloadBytes;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
