import type { Append } from '../../../host/store/store.js';
import type { PageMemory } from '../../../src/memory/page-memory.js';
import { LineWriter } from './line-writer.js';

export const NUMBERED_BYTES = 2048;

function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  return (value ^ (value >>> 15)) >>> 0;
}

/** A line whose every state is decided by its sequence and a salt, so that another process can say what it must be. */
export class NumberedLine {
  readonly writer = new LineWriter(NUMBERED_BYTES);
  readonly #salt: number;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Goes on from a stored head. */
  resume(sequence: number, state: Uint8Array): void {
    this.writer.sequence = sequence;
    this.writer.memory.load(0, state, 0, state.length);
  }

  next(): Append {
    const number = this.writer.sequence + 1;
    return this.writer.next((memory) => this.#write(memory, number));
  }

  /** The state at `sequence`, for ascending sequences. */
  stateAt(sequence: number): Uint8Array {
    while (this.writer.sequence < sequence) this.next();
    return this.writer.state;
  }

  #write(memory: PageMemory, number: number): void {
    for (let index = 0; index < 6; index++) {
      const draw = mix(this.#salt + number * 16 + index);
      memory.setU32((draw % (NUMBERED_BYTES / 4)) * 4, mix(draw));
    }
    memory.setU32(0, number);
  }
}
