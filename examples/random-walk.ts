/**
 * One step of a random walk, -1 to 1, in place of a sensor. The seed is a field of the agent's state like everything else that must
 * survive: an agent rebuilt from its state draws the same numbers.
 *
 * Xorshift of 32 bits (Marsaglia 2003); a seed of 0 would stay 0.
 */
export function nextStep(state: { seed: number }): number {
  let seed = state.seed === 0 ? 2463534242 : state.seed;
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  state.seed = seed >>> 0;
  return state.seed / 0x80000000 - 1;
}
