const KIB = 1024;

/** Bytes, in KiB from 10 KiB on and in MiB from 10 MiB on. */
export function byteText(bytes: number): string {
  if (bytes < 10 * KIB) return `${Math.round(bytes)} bytes`;
  return bytes < 10 * KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
}

export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
