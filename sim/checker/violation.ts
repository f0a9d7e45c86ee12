export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'convergence';

/** An invariant that did not hold. */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Index of the first byte in which two states differ, or -1. */
export function firstDifference(a: Uint8Array, b: Uint8Array, count: number): number {
  if (Buffer.compare(a.subarray(0, count), b.subarray(0, count)) === 0) return -1;
  let i = 0;
  while (a[i] === b[i]) i++;
  return i;
}
