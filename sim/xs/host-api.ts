// What a program finds in the global `host` of the XS engine host (natives.c).
import type { Counters } from './run.js';

export type HostApi = {
  print(text: string): void;
  /** Computrons since the program started; the same in every run. */
  meter(): number;
  /** Slots in use. Like `meter`, `chunks` and `collections`, reading it allocates nothing. */
  slots(): number;
  /** Bytes of chunks in use, raw: garbage counts until it is collected. */
  chunks(): number;
  /** Collections so far, modulo 65,536. */
  collections(): number;
  /** Most stack slots in use at once since the last call. */
  stackPeak(): number;
  counters(): Counters;
  /** Machine instructions since the start: on the emulated board under -icount; NaN elsewhere. */
  instructions(): number;
  gc(): void;
  readInput(): ArrayBuffer;
  /** Appends the first `lengthBytes` bytes (all, if left out) of a buffer or a view of bytes to the run's output. */
  writeOutput(bytes: ArrayBuffer | Uint8Array, lengthBytes?: number): void;
  args(): string[];
  exit(code: number): never;
};

export const host: HostApi = (globalThis as unknown as { host: HostApi }).host;
