import type { RunTarget } from '../../src/codec/payload.js';
import { StoredDecoder } from '../../src/codec/stored.js';
import { OK } from '../../src/delta/codes.js';
import { checkRun } from '../../src/delta/run-check.js';
import { GRANULE_BYTES, PAGE_BYTES } from '../../src/memory/constants.js';
import { pageCountOf } from '../../src/memory/memory-layout.js';
import { PageHashes } from '../../src/memory/page-hashes.js';

/** Builds a state again from a checkpoint and the deltas after it, and knows its digest at every step. */
export class StateBuilder implements RunTarget {
  refusal = OK;
  readonly sizeBytes: number;
  sequence = 0;
  epoch = 0;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #hashes: PageHashes;
  readonly #touched = new Set<number>();
  readonly #decoder = new StoredDecoder();
  #at = 0;
  #runEnd = 0;

  /** All zeros: sequence 0 of every agent. */
  constructor(sizeBytes: number) {
    const pageCount = pageCountOf(sizeBytes);
    this.sizeBytes = sizeBytes;
    this.#words = new Int32Array((pageCount * PAGE_BYTES) / GRANULE_BYTES);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#hashes = new PageHashes(new Uint32Array(pageCount), this.#words);
    this.#hashes.updateAll();
  }

  get digest(): number {
    return this.#hashes.digest;
  }

  /** The state itself, not a copy. */
  get state(): Uint8Array {
    return this.#bytes.subarray(0, this.sizeBytes);
  }

  /** Starts over from a whole state of sizeBytes bytes. */
  restart(state: Uint8Array, sequence: number, epoch: number): void {
    this.#bytes.set(state);
    this.#hashes.updateAll();
    this.sequence = sequence;
    this.epoch = epoch;
  }

  /** Applies a stored run stream. false: it is malformed, and the state is of no use any more until restart(). */
  apply(delta: Uint8Array, sequence: number, epoch: number): boolean {
    this.#runEnd = 0;
    this.#decoder.begin(this, 0);
    if (this.#decoder.consume(delta, 0, delta.length) !== OK || this.#decoder.finish() !== OK) return false;
    if (this.#decoder.consumedBytes !== delta.length) return false;
    for (const page of this.#touched) this.#hashes.update(page);
    this.#touched.clear();
    this.sequence = sequence;
    this.epoch = epoch;
    return true;
  }

  open(offset: number, length: number): boolean {
    this.refusal = checkRun(offset, length, this.#runEnd, this.sizeBytes);
    if (this.refusal !== OK) return false;
    this.#runEnd = offset + length;
    this.#at = offset;
    this.#touched.add(Math.floor(offset / PAGE_BYTES));
    return true;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    this.#bytes.set(bytes.subarray(at, at + count), this.#at);
    this.#at += count;
  }

  oldByte(offset: number): number {
    return this.#bytes[offset]!;
  }

  oldWord(offset: number): number {
    return this.#words[offset / GRANULE_BYTES]!;
  }
}
