/** The core suites' seed: random tests choose the same inputs on every engine. Set GODWIT_SEED for another. */
export function suiteSeed(): number {
  return Number(process.env.GODWIT_SEED ?? 20261122) | 0;
}
