import type { RunTarget } from '../../src/codec/payload.js';
import { StoredDecoder } from '../../src/codec/stored.js';
import { OK } from '../../src/delta/codes.js';
import { checkRun } from '../../src/delta/run-check.js';

/** Reads a stored run stream without applying it. */
export class RunCheck implements RunTarget {
  refusal = OK;
  readonly #decoder = new StoredDecoder();
  #sizeBytes = 0;
  #end = 0;

  /** Whether `delta` is a whole run stream over a state of `sizeBytes` bytes. */
  fits(delta: Uint8Array, sizeBytes: number): boolean {
    this.#sizeBytes = sizeBytes;
    this.#end = 0;
    this.#decoder.begin(this, 0);
    return (
      this.#decoder.consume(delta, 0, delta.length) === OK && this.#decoder.finish() === OK && this.#decoder.consumedBytes === delta.length
    );
  }

  open(offset: number, length: number): boolean {
    this.refusal = checkRun(offset, length, this.#end, this.#sizeBytes);
    this.#end = offset + length;
    return this.refusal === OK;
  }

  put(): void {}

  oldByte(): number {
    return 0;
  }

  oldWord(): number {
    return 0;
  }
}
