import type { PageMemory } from '../memory/page-memory.js';

/** Changed bytes of a state, run by run, ascending; a run lies in one page and is granule aligned. */
export interface RunSource {
  /** Steps to the next run; false at the end. */
  next(): boolean;
  /** Where the run lies in the state, in bytes. */
  readonly offset: number;
  /** Bytes of the run, a multiple of 4. */
  readonly length: number;
  /** Index of the run's first byte in `bytes`; may change between two calls of `produce`. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Turns runs into a payload stream that marks its own end. Keeps no position in `runs.bytes` between two calls. */
export interface PayloadEncoder {
  /** The codec's id on the wire, 0 to 7, by which a link chooses it. */
  readonly id: number;
  /** Starts a stream. Returns its flags: the id of the codec that it is in, and `FLAG_HISTORY_RESTART` where that applies. */
  begin(runs: RunSource, memory: PageMemory): number;
  /** Writes at most `limit` bytes to `out` from `at`. Returns the number written; 0 only if `done` or `limit` is 0. */
  produce(out: Uint8Array, at: number, limit: number): number;
  readonly done: boolean;
  /** The other side may not hold what was encoded last: nothing may build on it. */
  forget(): void;
}

/** Where a decoder puts the runs that it reads. */
export interface RunTarget {
  /** Opens a run; false if it is refused, for the reason in `refusal`. Runs ascend, and each lies in one page. */
  open(offset: number, length: number): boolean;
  readonly refusal: number;
  /** The next bytes of the open run; the decoder never puts more than the run's length. */
  put(bytes: Uint8Array, at: number, count: number): void;
  /** Content of the base state; of the open run, only what was not put yet. */
  oldByte(offset: number): number;
  oldWord(offset: number): number;
}

/** Reads a payload stream in pieces of any size, from a sender that may be hostile. */
export interface PayloadDecoder {
  readonly id: number;
  begin(target: RunTarget, flags: number): void;
  /** Takes up to `count` bytes. Returns 0 or a code of delta/codes. */
  consume(bytes: Uint8Array, at: number, count: number): number;
  /** Bytes that the last `consume` took. */
  readonly consumedBytes: number;
  /** Whether the stream's end was read. */
  readonly ended: boolean;
  /** Once ended: bytes that were taken although they lie behind the stream's end. */
  readonly surplusCount: number;
  surplusByte(index: number): number;
  /** No more bytes will come: decodes what was held back. 0 if the stream has ended, else a code. */
  finish(): number;
  /** What was decoded last is not part of the state: nothing may build on it. */
  forget(): void;
}
