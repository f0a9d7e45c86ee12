import { KIND_OUTPUT, MESSAGE_BYTES_MAX } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';

/** Immediate outputs that wait for the link, in a fixed ring of cells. A full ring refuses. */
export class OutputQueue {
  count = 0;
  readonly #cellCount: number;
  readonly #cells: Uint8Array;
  readonly #bytes: Uint16Array;
  readonly #sequences: Float64Array;
  readonly #indexes: Uint16Array;
  #first = 0;
  #lastSequence = 0;
  #nextIndex = 0;

  constructor(cellCount: number) {
    this.#cellCount = cellCount;
    this.#cells = new Uint8Array(cellCount * MESSAGE_BYTES_MAX);
    this.#bytes = new Uint16Array(cellCount);
    this.#sequences = new Float64Array(cellCount);
    this.#indexes = new Uint16Array(cellCount);
  }

  /** Keeps an output of the turn that will be commit `sequence`. False: full, or longer than MESSAGE_BYTES_MAX. */
  push(sequence: number, bytes: Uint8Array, at: number, count: number): boolean {
    if (this.count === this.#cellCount || count > MESSAGE_BYTES_MAX) return false;
    if (sequence !== this.#lastSequence) this.#nextIndex = 0;
    this.#lastSequence = sequence;
    const cell = (this.#first + this.count) % this.#cellCount;
    const to = cell * MESSAGE_BYTES_MAX;
    for (let index = 0; index < count; index++) this.#cells[to + index] = bytes[at + index]!;
    this.#bytes[cell] = count;
    this.#sequences[cell] = sequence;
    this.#indexes[cell] = this.#nextIndex++;
    this.count++;
    return true;
  }

  /** Their ids are, or may be, another board's. Returns how many there were. */
  clear(): number {
    const count = this.count;
    this.count = 0;
    return count;
  }

  /** Builds the oldest as a frame and lets it go. */
  shift(builder: FrameBuilder): void {
    const cell = this.#first;
    builder.begin(KIND_OUTPUT);
    builder.varint(this.#sequences[cell]!);
    builder.varint(this.#indexes[cell]!);
    builder.copyFrom(this.#cells, cell * MESSAGE_BYTES_MAX, this.#bytes[cell]!);
    this.#first = (cell + 1) % this.#cellCount;
    this.count--;
  }
}
