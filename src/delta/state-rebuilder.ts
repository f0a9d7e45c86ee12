import type { RunTarget } from '../codec/payload.js';
import { StoredDecoder } from '../codec/stored.js';
import { PAGE_BYTES } from '../memory/constants.js';
import { hashPage } from '../memory/hash.js';
import { pageCountOf } from '../memory/memory-layout.js';
import { BAD_PADDING, OK, TRAILING } from './codes.js';
import { checkRun } from './run-check.js';

/** Applies stored records to a plain copy of a state, as a store does that rebuilds its history. */
export class StateRebuilder {
  readonly state: Uint8Array;
  readonly #target: StateTarget;
  readonly #decoder = new StoredDecoder();
  readonly #page = new Uint8Array(PAGE_BYTES);
  readonly #pageWords = new Int32Array(this.#page.buffer);

  /** `state` is changed in place by each record that is accepted. */
  constructor(state: Uint8Array) {
    this.state = state;
    this.#target = new StateTarget(state);
  }

  /** Checks the record in bytes [at, at + count), then applies it. Returns 0, or a code with the state unchanged. */
  apply(record: Uint8Array, at: number, count: number): number {
    const code = this.#run(record, at, count, true);
    return code === OK ? this.#run(record, at, count, false) : code;
  }

  /** Digest of the state as it is now: that of a PageMemory with these bytes. */
  digest(): number {
    const pageCount = pageCountOf(this.state.length);
    let digest = 0;
    for (let page = 0; page < pageCount; page++) {
      const from = page * PAGE_BYTES;
      for (let i = 0; i < PAGE_BYTES; i++) this.#page[i] = from + i < this.state.length ? this.state[from + i]! : 0;
      digest = (digest + hashPage(this.#pageWords, 0, page)) >>> 0;
    }
    return digest;
  }

  #run(record: Uint8Array, at: number, count: number, checking: boolean): number {
    this.#target.begin(checking);
    this.#decoder.begin(this.#target, 0);
    let code = this.#decoder.consume(record, at, count);
    if (code === OK) code = this.#decoder.finish();
    if (code === OK && this.#decoder.consumedBytes !== count) code = TRAILING;
    return code === OK ? this.#target.refusal : code;
  }
}

class StateTarget implements RunTarget {
  refusal = OK;
  readonly #state: Uint8Array;
  #checking = true;
  #runEnd = 0;
  #putAt = 0;

  constructor(state: Uint8Array) {
    this.#state = state;
  }

  begin(checking: boolean): void {
    this.#checking = checking;
    this.#runEnd = 0;
    this.refusal = OK;
  }

  open(offset: number, length: number): boolean {
    this.refusal = checkRun(offset, length, this.#runEnd, this.#state.length);
    this.#runEnd = offset + length;
    this.#putAt = offset;
    return this.refusal === OK;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    const state = this.#state;
    for (let i = 0; i < count; i++) {
      const byte = bytes[at + i]!;
      const to = this.#putAt + i;
      if (to >= state.length) {
        if (byte !== 0) this.refusal = BAD_PADDING;
      } else if (!this.#checking) {
        state[to] = byte;
      }
    }
    this.#putAt += count;
  }

  oldByte(offset: number): number {
    return this.#state[offset] ?? 0;
  }

  oldWord(offset: number): number {
    return this.oldByte(offset) | (this.oldByte(offset + 1) << 8) | (this.oldByte(offset + 2) << 16) | (this.oldByte(offset + 3) << 24);
  }
}
