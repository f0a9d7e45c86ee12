import type { CheckpointSlots } from './checkpoint.js';

/** Checkpoint slots in RAM, for simulated boards and tests: they survive whatever keeps the object. Erased bytes are 0xff. */
export class MemorySlots implements CheckpointSlots {
  readonly slotBytes: number;
  readonly #bytes: Uint8Array;

  constructor(slotBytes: number) {
    this.slotBytes = slotBytes;
    this.#bytes = new Uint8Array(2 * slotBytes).fill(0xff);
  }

  read(slot: number, offset: number, target: Uint8Array, at: number, count: number): void {
    const start = this.#start(slot, offset, count);
    for (let index = 0; index < count; index++) target[at + index] = this.#bytes[start + index]!;
  }

  erase(slot: number): void {
    this.#bytes.fill(0xff, this.#start(slot, 0, this.slotBytes), slot * this.slotBytes + this.slotBytes);
  }

  write(slot: number, offset: number, source: Uint8Array, from: number, count: number): void {
    const start = this.#start(slot, offset, count);
    for (let index = 0; index < count; index++) this.#bytes[start + index] = source[from + index]!;
  }

  #start(slot: number, offset: number, count: number): number {
    if ((slot !== 0 && slot !== 1) || offset < 0 || offset + count > this.slotBytes) {
      throw new RangeError(`checkpoint slots: ${count} bytes at ${offset} of slot ${slot}`);
    }
    return slot * this.slotBytes + offset;
  }
}
