import type { Access } from './access.js';

/** Reads and writes one value of the state; refuses, before anything changes, what its type cannot hold. */
export interface Codec<V> {
  get(access: Access, offset: number): V;
  set(access: Access, offset: number, value: V): void;
}
