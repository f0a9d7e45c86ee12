import type { Access } from './access.js';
import type { Codec } from './codec.js';
import type { TextCodec } from './text.js';
import type { IntegerKind } from './types.js';

/** The key of one map: prepare() takes the author's key, the other methods compare it with, or store it into, an entry. */
export interface MapKey<K> {
  /** @returns the key's hash (u32), or -1 if no entry can have this key */
  prepare(key: K): number;
  /** Whether the entry's key at `offset` is the prepared key. */
  matches(offset: number): boolean;
  store(offset: number): void;
  hashAt(offset: number): number;
  load(offset: number): K;
}

const LARGEST: { readonly [K in IntegerKind]: number } = {
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffffffff,
  i8: 0x7f,
  i16: 0x7fff,
  i32: 0x7fffffff,
  counter: Number.MAX_SAFE_INTEGER,
};

export class IntegerKey implements MapKey<number> {
  readonly #access: Access;
  readonly #path: string;
  readonly #codec: Codec<number>;
  readonly #lowest: number;
  readonly #largest: number;
  #value = 0;

  constructor(access: Access, path: string, kind: IntegerKind, codec: Codec<number>) {
    this.#access = access;
    this.#path = path;
    this.#codec = codec;
    this.#largest = LARGEST[kind];
    this.#lowest = kind === 'i8' || kind === 'i16' || kind === 'i32' ? -this.#largest - 1 : 0;
  }

  prepare(key: number): number {
    if (typeof key !== 'number') throw new TypeError(`${this.#path}: the keys are numbers, not ${typeof key}`);
    if (!Number.isInteger(key) || key < this.#lowest || key > this.#largest) return -1;
    this.#value = key;
    return hashInteger(key);
  }

  matches(offset: number): boolean {
    return this.#codec.get(this.#access, offset) === this.#value;
  }

  store(offset: number): void {
    this.#codec.set(this.#access, offset, this.#value);
  }

  hashAt(offset: number): number {
    return hashInteger(this.#codec.get(this.#access, offset));
  }

  load(offset: number): number {
    return this.#codec.get(this.#access, offset);
  }
}

/** The prepared key lies in the scratch, so nothing else may use the scratch before it is stored. */
export class TextKey implements MapKey<string> {
  readonly #access: Access;
  readonly #codec: TextCodec;
  #count = 0;

  constructor(access: Access, codec: TextCodec) {
    this.#access = access;
    this.#codec = codec;
  }

  prepare(key: string): number {
    this.#count = this.#codec.encode(this.#access, key);
    if (this.#count < 0) return -1;
    const { scratch } = this.#access;
    let hash = FNV_BASIS;
    for (let index = 0; index < this.#count; index++) hash = Math.imul(hash ^ scratch[index]!, FNV_PRIME);
    return mix(hash);
  }

  matches(offset: number): boolean {
    if (this.#codec.length(this.#access, offset) !== this.#count) return false;
    const { memory, scratch } = this.#access;
    const start = offset + this.#codec.prefixBytes;
    for (let index = 0; index < this.#count; index++) if (memory.getU8(start + index) !== scratch[index]) return false;
    return true;
  }

  store(offset: number): void {
    this.#codec.store(this.#access, offset, this.#count);
  }

  hashAt(offset: number): number {
    const { memory } = this.#access;
    const start = offset + this.#codec.prefixBytes;
    const end = start + this.#codec.length(this.#access, offset);
    let hash = FNV_BASIS;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ memory.getU8(at), FNV_PRIME);
    return mix(hash);
  }

  load(offset: number): string {
    return this.#codec.get(this.#access, offset);
  }
}

// FNV-1a, 32 bits (draft-eastlake-fnv), then the finalizer of MurmurHash3, so that the low bits pick the bucket well.
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hashInteger(key: number): number {
  return mix((key >>> 0) ^ Math.imul((key / 0x100000000) >>> 0, 0x9e3779b1));
}
