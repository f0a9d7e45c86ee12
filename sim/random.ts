import { Random } from '../bench/random.js';

export { Random };

/**
 * A seed of its own for one thing of a run. Removing one fault must not change the numbers that another one draws, so nothing
 * shares a stream: each stream is derived from the run's seed and the thing's name and index.
 */
export function deriveSeed(seed: number, name: string, index = 0): number {
  let h = Math.imul(seed ^ (seed / 4294967296), 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

export function derive(seed: number, name: string, index = 0): Random {
  return new Random(deriveSeed(seed, name, index));
}
